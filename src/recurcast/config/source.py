"""Where a pipeline's series come from: what all that is read says of its columns, a file of the user's."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from recurcast.config.ahead import KnownAhead, names_of
from recurcast.config.base import Duration, Origin, Settings, Timezone
from recurcast.config.reading import FileFormat, NumberFormat
from recurcast.config.times import JoinedTime, TimeColumns, TimeFormat


class Columns(Settings):
    """Which of the file's columns hold what; all other columns are ignored."""

    unique_id: str | None = Field(None, description="Column that names the series; none: the file is one series.")
    ds: TimeColumns = Field(
        "ds",
        description="Column with the timestamps; or a block, where they stand in several: {date, hour}, {date, time}, "
        "{date, period, minutes}, {local, zone}.",
    )
    y: str = Field("y", description="Column with the values to forecast.")
    covariates: tuple[str, ...] = Field((), description="Columns used as further inputs, known up to as_of only.")
    static: tuple[str, ...] = Field(
        (),
        description="Columns that say something of a series once, such as its region or floor area: numbers, else names.",
    )
    categories: tuple[str, ...] = Field(
        (), description="Those of static that are names though they look like numbers, such as post codes."
    )
    available_at: str | None = Field(
        None, description="Column that says when a row became known; of several revisions the latest known one is used."
    )

    @property
    def times(self) -> tuple[str, ...]:
        """Return the names of the columns that tell the time."""
        return self.ds.columns if isinstance(self.ds, JoinedTime) else (self.ds,)

    @property
    def read(self) -> tuple[str, ...]:
        """Return the names of all columns that are read, each once."""
        columns = (self.unique_id, *self.times, self.y, self.available_at, *self.covariates, *self.static)
        return tuple(dict.fromkeys(column for column in columns if column is not None))

    @model_validator(mode="after")
    def _each_column_once(self) -> "Columns":
        others = (self.unique_id, self.y, self.available_at, *self.covariates, *self.static)
        chosen = [*self.times, *(c for c in others if c is not None)]
        twice = sorted({c for c in chosen if chosen.count(c) > 1})
        if twice:
            raise ValueError(f"a column of the file serves one purpose; '{twice[0]}' is mapped more than once")
        reserved = sorted({*self.covariates, *self.static} & {"unique_id", "ds", "y"})
        if reserved:
            raise ValueError(f"'{reserved[0]}' is a name of the frame's own and can't name a covariate")
        return self

    @model_validator(mode="after")
    def _static_of_several_series(self) -> "Columns":
        unnamed = next((name for name in self.categories if name not in self.static), None)
        if unnamed is not None:
            raise ValueError(
                f"categories are those of static that are names; received '{unnamed}' beside static "
                f"{list(self.static)}. Name it in both"
            )
        reserved = sorted(set(self.static) & {"available_at", "anomaly"})
        if reserved:
            raise ValueError(f"'{reserved[0]}' is a name of the frame's own and can't name what a series is")
        if self.static and self.unique_id is None:
            raise ValueError(
                f"static columns tell series apart; received {list(self.static)} and no unique_id: the file is one series. "
                "Map unique_id, or leave static out"
            )
        return self


class Located(Settings):
    """What stands first in the block of a source that lies at a path; named as the last base, its fields come first."""

    kind: str
    path: str


class ReadSource(Settings):
    """What all sources say whose rows are read: which columns hold what, and how they are written."""

    thing: ClassVar[str] = "file"
    """What messages call that which has columns and rows."""

    columns: Columns = Field(default_factory=Columns, description="Which columns hold what.")
    timezone: Timezone = Field(
        "UTC", description="IANA time zone of timestamps that state none, and of the grid of days."
    )
    time_format: TimeFormat | None = Field(
        None,
        description="How dates are written, in the codes of strptime, such as '%d/%m/%Y %H:%M'; null: the first row shows it.",
    )
    snap: Duration | None = Field(
        None,
        description="Timestamps are rounded to multiples of it, such as '1s' for those of spreadsheets, which are off by "
        "milliseconds; null: none are.",
    )
    delay: Duration = Field(
        "0min", description="How long after its timestamp a row becomes known, such as '30min' or '1D'."
    )
    static: bool = Field(
        False, description="The file no longer grows: by hand, as_of is the first tick after its last row."
    )
    numbers: dict[str, NumberFormat] = Field(
        {}, description="By column, how its numbers are written where that is not plain digits and a decimal point."
    )

    known_ahead: tuple[KnownAhead, ...] = Field(
        (),
        description="What is known before its time, each block a file: weather forecasts, holidays, tariffs, campaigns.",
    )

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @property
    def ahead(self) -> tuple[str, ...]:
        """Return the names of what is known ahead."""
        return names_of(self.known_ahead, self.beside)

    @model_validator(mode="after")
    def _known_ahead_once(self) -> "ReadSource":
        names_of(self.known_ahead, self.beside)
        return self

    @model_validator(mode="after")
    def _numbers_of_its_columns(self) -> "ReadSource":
        read = (self.columns.y, *self.columns.covariates, *self.columns.static)
        other = next((name for name in self.numbers if name not in read), None)
        if other is not None:
            raise ValueError(f"numbers tells about columns that are read, {', '.join(read)}; received '{other}'")
        return self

    @property
    def covariates(self) -> tuple[str, ...]:
        """Return the names of the covariates that its frames have."""
        return self.columns.covariates

    @property
    def attributes(self) -> tuple[str, ...]:
        """Return the names of what its series say of themselves once."""
        return self.columns.static

    @property
    def categories(self) -> tuple[str, ...]:
        """Return those of them that are names though they look like numbers."""
        return self.columns.categories

    @property
    def beside(self) -> tuple[str, ...]:
        """Return the names of all columns that its rows have beside y."""
        return (*self.covariates, *self.attributes)

    @property
    def told(self) -> str:
        """Return in a few words what it is, for people."""
        raise NotImplementedError

    @property
    def origin(self) -> Origin:
        """Return where its rows come from, as MLflow records it."""
        raise NotImplementedError

    @property
    def may_change(self) -> bool:
        """Return whether its rows can be others tomorrow, so that a run had better keep them."""
        return True


class FileSource(ReadSource, Located):
    """A file of the user's: text, Parquet, a workbook."""

    kind: Literal["file"] = Field("file", description="A file of yours.")
    path: str = Field(
        description="Text (.csv, .tsv, .txt), JSON lines (.jsonl, .json), Monash's .tsf, each also .gz or .zst; Parquet "
        "(.parquet); a workbook (.xlsx); relative paths start at the folder of prefect.yaml."
    )
    format: FileFormat | None = Field(
        None,
        description="How the file is laid out; none: commas, UTF-8, the header in the first line; the first sheet.",
    )

    @model_validator(mode="after")
    def _is_not_known_ahead_itself(self) -> "FileSource":
        y = self.columns.y
        if any(block.path == self.path and y in block.columns for block in self.known_ahead):
            raise ValueError(f"y is what is forecast, and not known ahead; received '{y}' of '{self.path}' as both")
        return self

    @property
    def told(self) -> str:
        """Return in a few words what it is, for people."""
        return self.path

    @property
    def origin(self) -> Origin:
        """Return where its rows come from, as MLflow records it."""
        return Origin("local", self.path)
