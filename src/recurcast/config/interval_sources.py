"""Sources of which a run reads the interval that it needs: a folder, the result of a query, what a function gives."""

import re
from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from recurcast.config.base import Duration, Origin, Settings
from recurcast.config.queries import PASSWORD, VARIABLE, binds_of, refuse_address, refuse_unbound
from recurcast.config.reading import FileFormat
from recurcast.config.source import Located, ReadSource

_FUNCTION = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")


class IntervalSource(ReadSource):
    """What all sources say that are asked for the rows of an interval."""

    timeout: Duration = Field(
        "5min", description="How long a run waits for the next rows before it gives the source up."
    )


class FolderSource(IntervalSource, Located):
    """A folder of Parquet or CSV files, here or behind an address that fsspec knows."""

    thing: ClassVar[str] = "folder's file"

    kind: Literal["folder"] = Field(
        "folder", description="A folder of Parquet files, or of CSV, with all folders in it."
    )
    path: str = Field(
        examples=["s3://lake/heat"],
        description="The folder, or an address that fsspec knows, such as s3://bucket/prefix; relative paths start at the "
        "folder of prefect.yaml. A folder region=north is a column region for what lies in it, and file_name is one of all.",
    )
    partitions: Literal["dates", "none"] = Field(
        "dates",
        description="dates: folders year=2024, month=03, day=31, date=2024-03-31 hold rows of that time, so that others are "
        "not opened; none: they are columns and nothing else.",
    )
    format: FileFormat | None = Field(
        None, description="How its CSV files are laid out; none: commas, UTF-8, the header in the first line."
    )

    @property
    def told(self) -> str:
        """Return in a few words what it is, for people."""
        return self.path

    @property
    def origin(self) -> Origin:
        """Return where its rows come from, as MLflow records it."""
        scheme = self.path.partition("://")[0] if "://" in self.path else "local"
        return Origin("local" if scheme == "local" else "s3" if scheme == "s3" else "code", self.path)

    @field_validator("path")
    @classmethod
    def _without_secrets(cls, path: str) -> str:
        if PASSWORD.search(path):
            raise ValueError(
                "an address in prefect.yaml has no password, since the file is kept, deployed and recorded; received one that "
                "has. Leave it to the environment, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or to fsspec's own files"
            )
        return path


class _Queried(Settings):
    """What stands first in its block; named as the last base, its fields come first."""

    kind: str
    url: str
    query: str


class SqlSource(IntervalSource, _Queried):
    """The result of a query to a database."""

    thing: ClassVar[str] = "query's result"

    kind: Literal["sql"] = Field("sql", description="The result of a query to a database.")
    url: str = Field(
        examples=["${ENERGY_DB}"],
        description="Address of the database as SQLAlchemy writes it, such as sqlite:///loads.db; one with a password is "
        "named by an environment variable, ${ENERGY_DB}, or a part of it is.",
    )
    query: str = Field(
        examples=["SELECT ds, y FROM loads WHERE ds >= :start AND ds < :end AND recorded_at <= :as_of"],
        description="A SELECT of the columns that are mapped, between :start and before :end, and known at :as_of; where the "
        "rows tell that by columns.available_at, or a stated delay does, :as_of may be left out.",
    )

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the environment variables that its address is made of."""
        return tuple(dict.fromkeys(VARIABLE.findall(self.url)))

    @property
    def binds(self) -> frozenset[str]:
        """Return the names of the parameters that the query binds."""
        return binds_of(self.query)

    @property
    def told(self) -> str:
        """Return in a few words what it is, for people."""
        return f"a query to {self.url}"

    @property
    def origin(self) -> Origin:
        """Return where its rows come from, as MLflow records it."""
        return Origin("code", f"{self.url}: {self.query}")

    @field_validator("url")
    @classmethod
    def _without_secrets(cls, url: str) -> str:
        refuse_address(url)
        return url

    @model_validator(mode="after")
    def _bound(self) -> "SqlSource":
        told = self.columns.available_at is not None or "delay" in self.model_fields_set
        refuse_unbound(self.query, tells_when_known=told)
        return self


class _Called(Settings):
    """What stands first in its block; named as the last base, its fields come first."""

    kind: str
    function: str
    arguments: dict[str, bool | int | float | str]


class PythonSource(IntervalSource, _Called):
    """What a function of yours gives."""

    thing: ClassVar[str] = "function's frame"

    kind: Literal["python"] = Field("python", description="What a function of yours gives.")
    function: str = Field(
        examples=["readers:prices"],
        description="The function, package.module:function, in a file of the project's folder or an installed package. It is "
        "called with start, end and as_of, in UTC, and gives a pandas frame; one that takes no as_of is called without.",
    )
    arguments: dict[str, bool | int | float | str] = Field({}, description="What it is called with besides, by name.")
    timeout: Duration = Field("1h", description="How long a run waits for the function before it gives the source up.")

    @property
    def told(self) -> str:
        """Return in a few words what it is, for people."""
        return f"{self.function}()"

    @property
    def origin(self) -> Origin:
        """Return where its rows come from, as MLflow records it."""
        return Origin("code", self.function)

    @field_validator("function")
    @classmethod
    def _module_and_function(cls, function: str) -> str:
        if not _FUNCTION.fullmatch(function):
            raise ValueError(
                f"a function is written as package.module:function; received '{function}'. "
                "Write readers:prices for `def prices` in readers.py"
            )
        return function
