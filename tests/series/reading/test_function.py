"""A function of the user's as a source: called for the interval, and its faults told in a sentence."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from textwrap import dedent
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError, DataRejected, RecurcastError
from recurcast.series.digest import data_digest
from recurcast.series.interval_digests import interval_digests
from recurcast.series.sources import obtain
from support.databases import loads, pipeline

AS_OF = datetime(2024, 4, 5, 7, tzinfo=UTC)
NUMBERS = count()
READ = """
    import pandas as pd

    calls = []

    def loads(start, end, as_of, factor=1):
        calls.append((start, end, as_of))
        table = pd.read_parquet("{path}")
        assert start.tzinfo is not None and table["ds"].max() > end
        return table.assign(y=factor * table["y"])

    def rows(start, end, region="north"):
        assert region == "north"
        calls.append((start, end))
        return pd.read_parquet("{path}").set_index("ds")
"""


def written(root: Path, text: str) -> str:
    """Write a module of a new name into the project's folder; return the name."""
    name = f"own_readers_{next(NUMBERS)}"
    loads().to_parquet(root / "loads.parquet", index=False)
    (root / f"{name}.py").write_text(dedent(text).replace("{path}", str(root / "loads.parquet")))
    return name


def called(function: str, **said: Any) -> PipelineConfig:
    return pipeline({"kind": "python", "function": function} | said)


@pytest.mark.parametrize("function", ["loads", "rows"])
def test_its_rows_are_those_of_a_file_and_its_intervals_have_their_digests(function: str, tmp_path: Path) -> None:
    module = written(tmp_path, READ)
    chosen = called(f"{module}:{function}")
    reference = pipeline({"kind": "file", "path": "loads.parquet"})
    as_ofs = [AS_OF + timedelta(hours=5 * number) for number in range(5)]

    frame = obtain(chosen, AS_OF, tmp_path)

    pd.testing.assert_frame_equal(frame.rows, obtain(reference, AS_OF, tmp_path).rows)
    assert interval_digests(chosen, as_ofs, tmp_path) == interval_digests(reference, as_ofs, tmp_path)
    calls = __import__(module).calls
    # One that asks for as_of is asked for each, one that does not for all at once.
    assert len(calls) == (1 + len(as_ofs) if function == "loads" else 2)
    assert all(each[0] <= frame.steps[0] for each in calls[:1])


def test_arguments_are_handed_on(tmp_path: Path) -> None:
    module = written(tmp_path, READ)
    plain, doubled = (
        obtain(called(f"{module}:loads", arguments={"factor": factor}), AS_OF, tmp_path) for factor in (1, 2)
    )
    assert doubled.rows["y"].equals(2 * plain.rows["y"])
    assert data_digest(doubled) != data_digest(plain)


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        (
            "import nowhere_at_all",
            ConfigurationError,
            "can't be imported: ModuleNotFoundError: No module named 'nowhere_at_all'",
        ),
        ("def read(:", ConfigurationError, "can't be imported: SyntaxError"),
        ("def reed(start, end, as_of): ...", ConfigurationError, "has none of that name. Did you mean 'reed'"),
        ("def read(start, end, as_of): ...", DataRejected, r"gives a pandas DataFrame: it gave NoneType"),
        (
            "def read(start, end, as_of): raise KeyError('token=abcdefgh is unknown')",
            DataRejected,
            r"the function of 'loads' \(own_readers_\d+:read\) gives rows: it raised KeyError: 'token=\*\*\*",
        ),
        ("def read(start, end, as_of): raise SystemExit(3)", DataRejected, "it raised SystemExit: 3"),
        ("def read(start): ...", DataRejected, "it raised TypeError"),
        (
            "import pandas as pd\ndef read(start, end): return pd.DataFrame({'ds': [start], 'y': [1.0]})",
            DataRejected,
            "the function's frame has the column 'site'",
        ),
    ],
)
def test_what_is_wrong_with_it_is_one_sentence(
    text: str, error: type[RecurcastError], told: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=told) as raised:
        obtain(called(f"{written(tmp_path, text)}:read"), AS_OF, tmp_path)
    assert "Traceback" not in str(raised.value)


def test_one_that_does_not_come_back_is_given_up(tmp_path: Path) -> None:
    module = written(tmp_path, "import threading\ndef read(start, end): threading.Event().wait(60)")
    with pytest.raises(DataRejected, match="returns within 200ms: it has not"):
        obtain(called(f"{module}:read", timeout="200ms"), AS_OF, tmp_path)


def test_what_it_prints_is_not_on_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = written(tmp_path, READ.replace("        calls.append((start, end))\n", "        print('hello')\n"))
    obtain(called(f"{module}:rows"), AS_OF, tmp_path)
    assert capsys.readouterr().out == ""


def test_a_function_is_written_with_its_module() -> None:
    for wrong in ("read", "readers.read", "readers:", "os:system('x')"):
        with pytest.raises(ValidationError, match=r"written as package.module:function"):
            called(wrong)
