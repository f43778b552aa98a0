"""Rows in PostgreSQL and as 64 Parquet files on an S3 interface, of which a pipeline needs a tenth: seconds, bytes, memory.

Both are real and on this machine: a new PostgreSQL in a temporary folder, indexed by time, and moto's server. What a new
process reads of them goes through a proxy that counts bytes; the whole is what the table, or the files, have. The frame is
`memory_usage(deep=True)` of the rows that the run gets: what is needed. Memory is the highest resident memory above what was
resident before, with all libraries imported and the source read once for an interval of a day. Usage: sources.py [--rounds N]
[--rows N].
"""

import contextlib
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from measuring import introduce, report, rounds_asked, run
from memory import measured, settle
from recurcast.config import PipelineConfig
from recurcast.instants import parse_instant

sys.path.append(str(Path(__file__).parents[1] / "tests"))
N_SERIES, N_FILES, TIMES_THE_FRAME = 100, 64, 4
BEGIN = pd.Timestamp("2015-01-01", tz="UTC")
QUERY = "SELECT site, ds, y, heat FROM loads WHERE ds >= :start AND ds < :end"


def rows_asked() -> int:
    """Return how many rows there are in all."""
    return int(sys.argv[sys.argv.index("--rows") + 1]) if "--rows" in sys.argv else 10_000_000


def pipeline(source: str, n_steps: int) -> PipelineConfig:
    """Return a pipeline that needs the last so many hours."""
    said = {"kind": "sql", "url": "${LOADS_DB}", "query": QUERY}
    if source == "s3":
        said = {"kind": "folder", "path": "s3://lake/loads", "partitions": "none"}
    block = {
        "name": "loads",
        "source": said | {"delay": "0min", "columns": {"unique_id": "site", "covariates": ["heat"]}},
        "frequency": "h",
        "parts": {"history": n_steps - 48, "validation": 24, "test": 24},
        "windows": {"lookback": 24},
    }
    return PipelineConfig.model_validate(block)


def main() -> None:
    """Print the figures of both."""
    rows = rows_asked()
    if "--rows" in sys.argv:
        at = sys.argv.index("--rows")
        del sys.argv[at : at + 2]
    rounds = rounds_asked(__doc__, 3)
    introduce(f"{rows // 10:,} of {rows:,} rows out of PostgreSQL, and out of {N_FILES} Parquet files on S3")
    for source, place in (("postgresql", _postgresql), ("s3", _s3)):
        with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder, place(Path(folder), rows) as whole:
            command = [sys.executable, __file__, "--read", source, "--rows", str(rows)]
            found = [json.loads(run(command, Path(folder)).output.splitlines()[-1]) for _ in range(rounds)]
        figures = pd.DataFrame(found)
        report(f"{source}: read", figures["seconds"].tolist(), "s")
        report(f"{source}: the whole", [whole / 2**20], "MB")
        report(f"{source}: bytes that came", figures["came_mb"].tolist(), "MB")
        report(f"{source}: the frame, which is needed", figures["frame_mb"].tolist(), "MB")
        report(f"{source}: peak above the state before", figures["peak_mb"].tolist(), "MB")
        report(
            f"{source}: peak, in frames",
            (figures["peak_mb"] / figures["frame_mb"]).tolist(),
            "x",
            below=TIMES_THE_FRAME,
        )


@contextlib.contextmanager
def _postgresql(folder: Path, rows: int) -> Iterator[float]:
    """A database with the rows, whose address is in the environment; gives the bytes of the table."""
    from sqlalchemy import create_engine, text

    from support.mlflow_server import postgresql

    inner = folder / "pg"
    inner.mkdir()
    folder.chmod(0o755)
    with postgresql(inner) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE loads (site text, ds timestamptz, y float8, heat float8)"))
            connection.execute(
                text(
                    "INSERT INTO loads SELECT 'site-' || lpad(s::text, 3, '0'), "
                    "timestamptz '2015-01-01 00:00Z' + h * interval '1h', "
                    f"sin(0.1 * h + s) * 50, h % 30 FROM generate_series(0, {rows // N_SERIES - 1}) h, "
                    f"generate_series(0, {N_SERIES - 1}) s"
                )
            )
            connection.execute(text("CREATE INDEX ON loads (ds)"))
            connection.execute(text("ANALYZE loads"))
            size = float(connection.execute(text("SELECT pg_table_size('loads')")).scalar_one())
        engine.dispose()
        os.environ["LOADS_DB"] = url
        yield size


@contextlib.contextmanager
def _s3(folder: Path, rows: int) -> Iterator[float]:
    """A bucket with the rows in files one after the other in time; gives the bytes of all."""
    import pytest

    from support.s3 import place, s3, upload

    hours = rows // N_SERIES
    for number, own in enumerate(np.array_split(np.arange(hours), N_FILES)):
        hour, site = np.repeat(own, N_SERIES), np.tile(np.arange(N_SERIES), len(own))
        table = pd.DataFrame(
            {"site": [f"site-{each:03d}" for each in site], "ds": BEGIN + pd.to_timedelta(hour, unit="h")}
        )
        table = table.assign(
            y=np.sin(0.1 * hour + site) * 50, heat=(hour % 30).astype(float), other=np.sqrt(hour + site)
        )
        (folder / "lake" / "loads").mkdir(parents=True, exist_ok=True)
        table.to_parquet(folder / "lake" / "loads" / f"part-{number:02}.parquet", index=False)
    with s3() as (address, _), pytest.MonkeyPatch.context() as patch:
        place(patch, address)
        upload(folder / "lake", "lake")
        yield float(sum(path.stat().st_size for path in (folder / "lake").rglob("*.parquet")))


def read(source: str) -> None:
    """Print the figures of one reading as a line of JSON."""
    from recurcast.series.sources import obtain

    n_steps = rows_asked() // N_SERIES // 10
    as_of = parse_instant((BEGIN + pd.Timedelta(hours=rows_asked() // N_SERIES)).isoformat())
    with _counting(source) as came:
        obtain(pipeline(source, 96), as_of - timedelta(days=3), Path.cwd())
        before, counted = settle(), came[0]
        begin = time.perf_counter()
        frame, _, peak = measured(lambda: obtain(pipeline(source, n_steps), as_of, Path.cwd()))
        seconds = time.perf_counter() - begin
    assert len(frame.rows) == n_steps * N_SERIES, "every row that is needed is there"
    frame_mb = float(frame.rows.memory_usage(deep=True).sum()) / 2**20
    figures = {
        "seconds": seconds,
        "came_mb": (came[0] - counted) / 2**20,
        "frame_mb": frame_mb,
        "peak_mb": peak - before,
    }
    print(json.dumps(figures))


@contextlib.contextmanager
def _counting(source: str) -> Iterator[list[int]]:
    """Put a proxy that counts before the source, by the environment's address of it."""
    came = [0]
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
        if source == "s3":
            host, _, upstream = os.environ["AWS_ENDPOINT_URL"].rpartition("/")[2].partition(":")
            os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
            target: tuple[str, int] | str = (host, int(upstream))
        else:
            url = os.environ["LOADS_DB"]
            target = f"{url.partition('host=')[2]}/.s.PGSQL.5432"
            os.environ["LOADS_DB"] = f"{url.partition('@')[0]}@127.0.0.1:{port}/postgres"
        threading.Thread(target=_accept, args=(listening, target, came), daemon=True).start()
        yield came


def _accept(listening: socket.socket, target: tuple[str, int] | str, came: list[int]) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listening.accept()
            upstream = socket.socket(socket.AF_UNIX if isinstance(target, str) else socket.AF_INET)
            upstream.connect(target)
            for one, other, counts in ((client, upstream, False), (upstream, client, True)):
                threading.Thread(target=_hand_on, args=(one, other, came if counts else None), daemon=True).start()


def _hand_on(one: socket.socket, other: socket.socket, came: list[int] | None) -> None:
    with contextlib.suppress(OSError):
        while content := one.recv(1 << 16):
            if came is not None:
                came[0] += len(content)
            other.sendall(content)
        other.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    read(sys.argv[sys.argv.index("--read") + 1]) if "--read" in sys.argv else main()
