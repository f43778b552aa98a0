"""Whether servers answer, and of which version they are."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from recurcast.errors import RecurcastError, StoreUnavailable
from recurcast.stack import processes
from recurcast.stack.health import answers, expect_version, wait_until_healthy


@contextmanager
def _server(body: str) -> Iterator[str]:
    """Give the address of a server that answers so to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_where_nothing_listens_nothing_answers() -> None:
    assert not answers("mlflow", "http://127.0.0.1:9")


@pytest.mark.parametrize("part", ["mlflow", "prefect"])
def test_a_server_that_is_older_than_our_client_is_refused_with_both_versions(part: str) -> None:
    with (
        _server('"2.1.0"') as address,
        pytest.raises(StoreUnavailable, match=rf"received {part} 2.1.0 at {address}, and {part} 3\..* here"),
    ):
        expect_version(part, address)


def test_a_newer_server_is_used() -> None:
    with _server('"99.0.1"') as address:
        expect_version("mlflow", address)
        assert answers("mlflow", address)


def _ended(root: Path, says: str) -> str:
    """Return why a server whose last words these were did not start."""
    (root / ".recurcast").mkdir()
    part = processes.start(root, "prefect", ["sh", "-c", f'echo "{says}"; exit 1'], {}, "http://127.0.0.1:9")
    with pytest.raises(RecurcastError) as ended:
        wait_until_healthy(root, part)
    return str(ended.value)


def test_a_server_that_ends_as_it_starts_says_why(tmp_path: Path) -> None:
    message = _ended(tmp_path, "something is wrong")

    assert "prefect ended as it started; it says: something is wrong. Read its log" in message
    assert "recurcast logs prefect" in message


def test_a_database_of_a_newer_version_comes_with_a_way_out(tmp_path: Path) -> None:
    message = _ended(tmp_path, "alembic.util.exc.CommandError: Can't locate revision identified by 'ffff'")

    assert f"Its database is of a newer version: move {tmp_path}/.recurcast/prefect away" in message


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    assert "Make room on the disk" in _ended(tmp_path, "OSError: [Errno 28] No space left on device")


def test_a_database_that_does_not_let_the_server_in_is_told_with_what_it_said(tmp_path: Path) -> None:
    said = _ended(
        tmp_path, "asyncpg.exceptions.InvalidPasswordError: password authentication failed for user 'x'\nStopped"
    )

    assert "it says: asyncpg.exceptions.InvalidPasswordError: password authentication failed for user 'x'." in said
    assert "start it, or correct PREFECT_SERVER_DATABASE_CONNECTION_URL" in said
