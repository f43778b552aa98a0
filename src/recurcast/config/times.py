"""How a file writes its times: in one column of a stated format, or in several that belong together."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, GetJsonSchemaHandler, Tag, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from recurcast.config.base import Duration, Settings

ISO = "ISO8601"
EPOCHS = {"epoch_s": "s", "epoch_ms": "ms", "epoch_us": "us", "epoch_ns": "ns"}
"""Formats of numbers: since 1970, in units of pandas."""
_CODES = set("YymdHIMSpfbBjzqGVuZ%")
_ALL_OF_THE_DAY = ("time", "hour", "period")


def _known_format(text: str) -> str:
    rule = (
        "a time format is written in the codes of strptime, such as '%d/%m/%Y %H:%M', with %q for a quarter, %V for a week of "
        f"the ISO year %G, %Z at the end for EST, a * there for what is not read; or it is {ISO}, {', '.join(EPOCHS)}"
    )
    if text == ISO or text in EPOCHS:
        return text
    codes = re.findall(r"%(.?)", text)
    unknown = [code for code in codes if code not in _CODES]
    if (
        not codes
        or unknown
        or not {"Y", "y", "G"} & set(codes)
        or len(set(codes)) < len(codes)
        or "*" in text[:-1]
        or "%Z" in text.removesuffix(" %Z")
    ):
        raise ValueError(f"{rule}; received '{text}'")
    return text


TimeFormat = Annotated[str, AfterValidator(_known_format)]


class JoinedTime(Settings):
    """A time that stands in several columns: a date with a time, an hour or a period; a local time with what tells its zone."""

    date: str | None = Field(None, examples=["dteday"], description="Column with the date.")
    year: str | None = Field(
        None, examples=["year"], description="Column with the year, where the date itself stands in several columns."
    )
    quarter: str | None = Field(None, examples=["quarter"], description="Column with the quarter, 1 to 4, beside year.")
    month: str | None = Field(None, examples=["month"], description="Column with the month, 1 to 12, beside year.")
    day: str | None = Field(None, examples=["day"], description="Column with the day of the month, beside month.")
    time: str | None = Field(
        None, examples=["Time"], description="Column with the time of day, beside the date; 24:00 is the day's end."
    )
    hour: str | None = Field(
        None,
        examples=["hr"],
        description="Column with the hour on the wall clock, beside the date: 0 to 23, or 1 to 24 with `ending: 1h`; "
        "3A and 3B are an hour that comes twice.",
    )
    minute: str | None = Field(None, examples=["minute"], description="Column with the minute, beside hour.")
    period: str | None = Field(
        None,
        examples=["SETTLEMENT_PERIOD"],
        description="Column that counts the periods of a day from 1, beside the date: 46 and 50 half hours on the days on "
        "which clocks change.",
    )
    minutes: int = Field(30, examples=[15], ge=1, le=1440, description="Length of a period.")
    local: str | None = Field(
        None,
        examples=["Time Stamp"],
        description="Column with date and time on the wall clock, beside zone or repeated.",
    )
    zone: str | None = Field(
        None,
        examples=["Time Zone"],
        description="Column that says which of two repeated hours is meant: EST or EDT, +01:00, or a flag that is set in summer.",
    )
    repeated: str | None = Field(
        None,
        examples=["DSTFlag"],
        description="Column with a flag that is set on the second one of a repeated hour alone.",
    )
    ending: Duration | None = Field(
        None, examples=["1h"], description="Times are the ends of steps so long, such as '1h'; their starts are taken."
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns that it is read from."""
        stated = (getattr(self, name) for name in type(self).model_fields if name not in ("minutes", "ending"))
        return tuple(column for column in stated if column is not None)

    @property
    def told(self) -> str:
        """Return it in a word or two, as messages call it."""
        return "+".join(self.columns)

    @model_validator(mode="after")
    def _one_way(self) -> "JoinedTime":
        rule = "a time is read from one of: date, year, local"
        days = [name for name in ("date", "year", "local") if getattr(self, name) is not None]
        if len(days) != 1:
            raise ValueError(f"{rule}; received {' and '.join(days) or 'none'}")
        times = [name for name in _ALL_OF_THE_DAY if getattr(self, name) is not None]
        if len(times) > 1 or (times and days == ["local"]):
            raise ValueError(f"one column tells the time of day; received {' and '.join([*days[-1:], *times])}")
        if self.zone is not None and self.repeated is not None:
            raise ValueError("zone or repeated tells two hours apart; received both")
        told = self.zone or self.repeated or self.ending
        if days == ["date"] and not times and not told:
            raise ValueError(
                "a date is joined with time, hour or period; received none. Alone it is written `ds: COLUMN`"
            )
        if days == ["local"] and not told:
            raise ValueError(
                "local is joined with zone, repeated or ending; received none. Alone it is written `ds: COLUMN`"
            )
        for field, beside in (("quarter", "year"), ("month", "year"), ("day", "month"), ("minute", "hour")):
            if getattr(self, field) is not None and getattr(self, beside) is None:
                raise ValueError(f"{field} stands beside {beside}; received it alone")
        if self.quarter is not None and self.month is not None:
            raise ValueError("one column tells the part of the year; received quarter and month")
        if self.period is not None and (told or (self.day is None and self.year is not None)):
            raise ValueError("period counts from a day's midnight and needs no zone, repeated or ending; leave it out")
        return self


class _EitherWay:
    """In the schema a column and a block stand side by side, as Prefect's page makes a form of them."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        return schema | {"anyOf": schema.pop("oneOf")} if "oneOf" in schema else schema


def _is_joined(stated: Any) -> str:
    return "joined" if isinstance(stated, dict | JoinedTime) else "column"


TimeColumns = Annotated[
    Annotated[str, Tag("column")] | Annotated[JoinedTime, Tag("joined")], Discriminator(_is_joined), _EitherWay()
]
