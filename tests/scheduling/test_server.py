import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from recurcast.errors import StoreUnavailable
from recurcast.scheduling.server import connected, once_it_answers

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


@contextmanager
def address(url: str | None) -> Iterator[None]:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: url}):
        yield


def problem(url: str | None) -> str:
    with address(url), pytest.raises(StoreUnavailable) as caught, connected():
        pytest.fail("nothing answers there")
    return str(caught.value)


def test_without_an_address_the_error_says_what_to_start_and_no_server_is_started() -> None:
    said = problem(None)

    assert "PREFECT_API_URL is not set" in said
    assert "recurcast up" in said


def test_where_nothing_listens_the_error_says_what_to_start() -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/api"

        said = problem(url)

    assert f"no Prefect server answers at {url}" in said
    assert "recurcast up" in said


def test_a_server_that_never_answers_is_given_up_after_seconds() -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()

        said = problem(f"http://127.0.0.1:{silent.getsockname()[1]}/api")

    assert "no Prefect server answers" in said
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("url", ["nonsense", "http://nowhere.invalid/api", "http://127.0.0.1:port/api"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert f"no Prefect server answers at {url}" in problem(url)


def test_another_program_at_the_address_is_told_from_prefect() -> None:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as other:
        threading.Thread(target=other.serve_forever).start()
        try:
            said = problem(f"http://127.0.0.1:{other.server_port}/api")
        finally:
            other.shutdown()

    assert "is not Prefect's API. PREFECT_API_URL ends in '/api'." in said


def test_an_address_without_api_is_told_from_the_api(server: "SyncPrefectClient", server_url: str) -> None:
    assert "PREFECT_API_URL ends in '/api'" in problem(server_url.removesuffix("/api"))


def test_a_server_that_answers_gives_its_client(server: "SyncPrefectClient") -> None:
    with connected() as client:
        assert client.api_version() == server.api_version()


def test_a_server_lost_on_the_way_is_reported(server: "SyncPrefectClient") -> None:
    import httpx

    with pytest.raises(StoreUnavailable, match=r"no longer answers: gone\."), connected():
        raise httpx.ConnectError("gone")


def test_a_run_waits_for_a_server_that_is_gone_for_a_while_and_passes_on_what_it_refuses() -> None:
    import httpx
    from prefect.exceptions import PrefectHTTPStatusError

    answers = iter([httpx.ConnectError("refused"), _refusal(503), httpx.ReadTimeout("slow"), None, _refusal(409)])

    def ask() -> str:
        if (error := next(answers)) is not None:
            raise error
        return "said"

    assert once_it_answers(ask, look_again=0) == "said"
    with pytest.raises(PrefectHTTPStatusError):
        once_it_answers(ask, look_again=0)


def test_a_server_that_is_gone_for_good_is_given_up() -> None:
    import httpx

    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/api"

        with pytest.raises(httpx.ConnectError):
            once_it_answers(lambda: httpx.get(url), patience=0)


def _refusal(status: int) -> Exception:
    import httpx
    from prefect.exceptions import PrefectHTTPStatusError

    request = httpx.Request("GET", "http://prefect.example/api")
    return PrefectHTTPStatusError("refused", request=request, response=httpx.Response(status, request=request))
