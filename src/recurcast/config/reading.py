"""How a source's file is laid out and its numbers are written, where that is not comma-separated UTF-8 with decimal points."""

import codecs
from typing import Literal

from pydantic import Field, field_validator, model_validator

from recurcast.config.base import Frequency, Settings

_MOST_SKIPPED, _MOST_UNIT_ROWS = 10_000, 10


class FileFormat(Settings):
    """How a file is laid out; `recurcast init` looks, and writes here what it saw."""

    delimiter: str = Field(
        ",", description="What separates the columns of a text file, one character; a blank: any number of blanks."
    )
    encoding: str = Field("utf-8", description="How a text file writes letters, such as utf-8, utf-16 or cp1252.")
    skip: int = Field(
        0, ge=0, le=_MOST_SKIPPED, description="Lines (rows of a sheet) before the header, blank ones included."
    )
    header: bool = Field(True, description="A line names the columns; else they are column_1, column_2, ...")
    units: int = Field(0, ge=0, le=_MOST_UNIT_ROWS, description="Rows below the header that hold units, and no data.")
    sheet: str | None = Field(None, description="Sheet of a workbook; none: the first.")
    step: Frequency | None = Field(
        None, description="Step of JSON lines that say where a series starts and not how often its values come."
    )

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str) -> str:
        if len(delimiter) != 1 or delimiter in '\n\r"\0' or not delimiter.isascii():
            raise ValueError(f"a delimiter is one ASCII character such as ';' or a tab; received {delimiter!r}")
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        rule = f"an encoding is one that Python knows for text, such as utf-8 or cp1252; received {encoding[:40]!r}"
        try:
            "a".encode(codecs.lookup(encoding).name)
        except (LookupError, ValueError, UnicodeError) as error:
            raise ValueError(rule) from error
        return encoding


class NumberFormat(Settings):
    """How a column writes its numbers; a minus may also be U+2212, stand behind, or be a pair of parentheses."""

    decimal: Literal[".", ","] = Field(".", description="Sign before the fraction.")
    thousands: Literal["", ",", ".", " ", "'"] = Field(
        "", description="Sign between groups of digits; a space stands for no-break and thin ones too."
    )
    unit: str = Field("", max_length=20, description="What stands before or behind the numbers, such as $, % or kWh.")
    missing: tuple[str, ...] = Field((), description="Texts that stand for a missing value, such as '-'.")

    @model_validator(mode="after")
    def _two_signs(self) -> "NumberFormat":
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are two different signs; both are {self.decimal!r}")
        return self
