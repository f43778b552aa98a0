"""What is known ahead of y: files of their own, whose values reach past as_of."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from recurcast.config.base import Duration, Settings, Timezone
from recurcast.config.queries import binds_of, refuse_address, refuse_unbound
from recurcast.config.reading import FileFormat, NumberFormat
from recurcast.config.times import JoinedTime, TimeColumns, TimeFormat

RESERVED = ("unique_id", "ds", "y", "available_at", "anomaly")
"""Names that a frame's own columns have."""


def _no_reserved_names(columns: tuple[str, ...]) -> tuple[str, ...]:
    reserved = sorted(set(columns) & set(RESERVED))
    if reserved:
        raise ValueError(f"'{reserved[0]}' is a name of the frame's own and can't name what is known ahead")
    if len(set(columns)) < len(columns):
        raise ValueError(f"each column is named once; received {list(columns)}")
    return columns


class KnownAhead(Settings):
    """Columns whose values are known before their time: weather forecasts, holidays, tariffs, campaigns.

    They lie in a file (`path`), or are a query's result (`url`, `query`).
    """

    path: str | None = Field(
        None,
        description="The file, of any kind that a source reads; relative paths start at the project's folder.",
    )
    url: str | None = Field(None, description="In its place, the address of a database, as source.url of kind sql.")
    query: str | None = Field(
        None,
        description="A SELECT of the columns between :start and :end of their times; without :as_of, since the block says when "
        "each value became known.",
    )
    columns: Annotated[tuple[str, ...], AfterValidator(_no_reserved_names)] = Field(
        min_length=1, description="The columns that the network sees, up to the last step that it forecasts."
    )
    ds: TimeColumns = Field(
        "ds", description="Column with the time that a value is for; or a block, as source.columns.ds."
    )
    unique_id: str | None = Field(
        None, description="Column that names the series; null: the values are the same for all series."
    )
    available_at: str | None = Field(
        None,
        description="Column that says when a value became known: the newest one known at a forecast's origin counts.",
    )
    lead: Duration | None = Field(None, description="How long before its time each value becomes known, such as '24h'.")
    known: Literal["always"] | None = Field(
        None, description="always: the values were never unknown and never change, as those of a calendar or a tariff."
    )
    hold: bool = Field(
        False,
        description="Whether a value stands until the next one, and the last one on: for daily values beside hours, or a "
        "forecast that is shorter than the horizon.",
    )
    timezone: Timezone | None = Field(
        None, description="IANA time zone of timestamps that state none; null: that of the source."
    )
    time_format: TimeFormat | None = Field(None, description="As source.time_format.")
    format: FileFormat | None = Field(None, description="As source.format.")
    numbers: dict[str, NumberFormat] = Field({}, description="As source.numbers.")

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @property
    def times(self) -> tuple[str, ...]:
        """Return the names of the columns that tell the time."""
        return self.ds.columns if isinstance(self.ds, JoinedTime) else (self.ds,)

    @property
    def told(self) -> str:
        """Return in a few words where they lie, for people."""
        return self.path or f"a query to {self.url}"

    @model_validator(mode="after")
    def _file_or_query(self) -> "KnownAhead":
        given = [name for name in ("path", "url", "query") if getattr(self, name) is not None]
        if given not in (["path"], ["url", "query"]):
            raise ValueError(
                f"what is known ahead lies in a file (path), or is a query's result (url and query); received "
                f"{' and '.join(given) or 'neither'}"
            )
        if self.query is not None:
            _refuse_query(str(self.url), self.query)
        return self

    @model_validator(mode="after")
    def _each_column_once(self) -> "KnownAhead":
        chosen = [*self.columns, *self.times, *filter(None, (self.unique_id, self.available_at))]
        twice = next((column for column in chosen if chosen.count(column) > 1), None)
        if twice is not None:
            raise ValueError(
                f"a column of the file serves one purpose; '{twice}' of '{self.told}' is named more than once"
            )
        other = next((name for name in self.numbers if name not in self.columns), None)
        if other is not None:
            raise ValueError(
                f"numbers tells about columns that are read, {', '.join(self.columns)}; received '{other}'"
            )
        return self

    @model_validator(mode="after")
    def _says_when_it_was_known(self) -> "KnownAhead":
        said = [name for name in ("available_at", "lead", "known") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(
                f"what is known ahead says when it became known, in one way; '{self.told}' has "
                f"{' and '.join(said) or 'none'}. Name the column that tells (available_at: issued), or how long before its "
                "time (lead: 24h); known: always is for what never changes, such as holidays"
            )
        return self


def _refuse_query(url: str, query: str) -> None:
    """Raise ValueError where a source of kind sql would refuse it, or where it asks for as_of."""
    refuse_address(url)
    refuse_unbound(query, tells_when_known=True)
    if "as_of" in binds_of(query):
        raise ValueError(
            "a query of what is known ahead gives all revisions, and the block says when each became known; received one with "
            ":as_of. Leave that condition out, and map the column with available_at"
        )


def names_of(blocks: tuple[KnownAhead, ...], covariates: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of all columns that are known ahead. Raises ValueError where one stands twice."""
    names = tuple(column for block in blocks for column in block.columns)
    twice = sorted({name for name in names if (*names, *covariates).count(name) > 1})
    if twice:
        raise ValueError(
            f"a column is known ahead or up to as_of, and from one file; '{twice[0]}' is named more than once. "
            "Take it out of source.columns.covariates, or out of one block of source.known_ahead"
        )
    return names
