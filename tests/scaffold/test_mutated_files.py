"""Files of every kind, changed at random: each gives a proposal or one message of ours, never another error."""

import contextlib
import gzip
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from recurcast.errors import RecurcastError
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose
from support.proposed import NOW
from support.workbooks import write_workbook

HOURS = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(100)]
GERMAN = "when;kWh;site\n" + "".join(f"{each:%d.%m.%Y %H:%M};1{n % 24:03d},5;a\n" for n, each in enumerate(HOURS))
STATION = "latitude,longitude\n52,3\n\ntime,t (C),rain\n,C,mm\n" + "".join(
    f"{each.isoformat()},{n % 24}.5,$1.{n % 3}\n" for n, each in enumerate(HOURS)
)
MONASH = "@attribute series_name string\n@attribute start_timestamp date\n@frequency daily\n@data\n" + (
    "T1:2012-01-03 00-00-00:" + ",".join(str(n % 7) for n in range(100)) + "\n"
)
LINES = json.dumps({"start": "2024-01-01", "target": [n % 7 for n in range(100)], "freq": "D"}) + "\n"
ROWS = "\n".join(json.dumps({"ds": each.isoformat(), "y": n % 24}) for n, each in enumerate(HOURS))
BITS = [
    b",", b";", b"\n", b"\r", b"\t", b"\0", b"\xff", b'"', b"-", b"(", b"%", b"$", b":", b"<", b"{", b"]", b"1e400", b"@data",
    b"nan", b"null", b"9" * 50, b"\xef\xbb\xbf",
]  # fmt: skip


def changed(content: bytes, dice: random.Random) -> bytes:
    held = bytearray(content)
    for _ in range(dice.randint(1, 5)):
        place, throw = dice.randrange(len(held) + 1), dice.random()
        if throw < 0.4:
            held[place:place] = dice.choice(BITS)
        elif throw < 0.6:
            del held[place : place + dice.randint(1, 40)]
        elif throw < 0.8:
            held[place : place + 1] = bytes([dice.randrange(256)])
        else:
            held[place:place] = held[: dice.randint(1, 200)]
    return bytes(held)


def _workbook(dice: random.Random, folder: Path) -> bytes:
    path = write_workbook(
        folder / "whole.xlsx", {"S": [["when", "kWh"], *([each, 1.5] for each in HOURS)], "T": [["a"]]}
    )
    return changed(path.read_bytes(), dice)


KINDS: dict[str, Callable[[random.Random, Path], bytes]] = {
    "german.csv": lambda dice, _: changed(GERMAN.encode(), dice),
    "station.csv": lambda dice, _: changed(STATION.encode(), dice),
    "wide.csv": lambda dice, _: changed(GERMAN.encode("utf-16"), dice),
    "packed.csv.gz": lambda dice, _: gzip.compress(changed(GERMAN.encode(), dice)),
    "broken.csv.zst": lambda dice, _: changed(pa.compress(GERMAN.encode(), "zstd", asbytes=True), dice),
    "weeks.tsf": lambda dice, _: changed(MONASH.encode(), dice),
    "lines.jsonl": lambda dice, _: changed(LINES.encode(), dice),
    "rows.json": lambda dice, _: changed(ROWS.encode(), dice),
    "book.xlsx": _workbook,
}


@pytest.mark.parametrize("name", KINDS)
def test_a_changed_file_is_read_or_refused_in_our_words(tmp_path: Path, name: str) -> None:
    dice = random.Random(name)
    for number in range(30):
        content = KINDS[name](dice, tmp_path)
        (tmp_path / name).write_bytes(content)
        said = Said(decimal=dice.choice([None, None, ".", ","]))
        try:
            with contextlib.suppress(RecurcastError):
                propose(tmp_path / name, "a", said, NOW)
        except Exception as error:
            raise AssertionError(f"change {number}: {content[:3_000]!r}") from error
