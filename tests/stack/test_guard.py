"""Who is answered by the servers that `up` starts: programs and their own pages, no other page in the user's browser."""

import asyncio
import http.client
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from recurcast.stack.guard import guard
from support.stack import Stack

ELSEWHERE = "https://elsewhere.example"
SOCKETS = ("/api/events/in", "/api/events/out", "/api/logs/out")


@pytest.fixture
def prefect(up_stack: Stack) -> str:
    """The address of the stack's Prefect server."""
    return up_stack.parts["prefect"].address


def asked(server: str, method: str = "POST", path: str = "/api/flows/filter", **headers: str) -> int:
    """Return the status of a server's answer to a request with these headers, such as Host."""
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=30)
    try:
        connection.request(method, path, body="{}" if method == "POST" else None, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_prefects_own_page_and_programs_are_answered(prefect: str, name: str) -> None:
    page = f"{name}:{urlsplit(prefect).port}"

    assert asked(prefect) == 200
    assert asked(prefect, Host=page) == 200
    assert asked(prefect, Origin=f"http://{page}") == 200


@pytest.mark.parametrize("origin", [ELSEWHERE, "null", "http://127.0.0.1:1", "http://127.0.0.1.elsewhere.example"])
def test_another_page_can_ask_prefect_for_nothing(prefect: str, origin: str) -> None:
    assert asked(prefect, Origin=origin) == 403
    assert asked(prefect, "GET", "/api/health", Origin=origin) == 403
    assert asked(prefect, "OPTIONS", Origin=origin, **{"Access-Control-Request-Method": "POST"}) == 403


@pytest.mark.parametrize(
    "name", ["elsewhere.example", "127.elsewhere.example", "10.elsewhere.example", "localhost.example"]
)
def test_a_name_that_was_made_to_mean_this_machine_is_refused_by_both_servers(up_stack: Stack, name: str) -> None:
    for part, path in (("prefect", "/api/health"), ("prefect", "/"), ("mlflow", "/")):
        server = up_stack.parts[part].address
        assert asked(server, "GET", path, Host=f"{name}:{urlsplit(server).port}") in (400, 403)
        assert asked(server, "GET", path) == 200


def test_another_page_can_change_nothing_in_mlflow(up_stack: Stack) -> None:
    mlflow, create = up_stack.parts["mlflow"].address, "/api/2.0/mlflow/registered-models/create"

    assert asked(mlflow, path=create, Origin=ELSEWHERE) == 403
    assert asked(mlflow, path=create) == 400  # of the form that it takes


@pytest.mark.parametrize("path", SOCKETS)
def test_a_websocket_opens_for_programs_and_the_own_page_only(prefect: str, path: str) -> None:
    address = prefect.replace("http", "ws", 1) + path
    for origin in (None, prefect):
        with connect(address, origin=origin):
            pass
    with pytest.raises(InvalidStatus, match="403"), connect(address, origin=ELSEWHERE):
        pass


def answered(host: str, *origins: str, **headers: str) -> bool:
    """Return whether a server on the host, with these origins as its setting, answers a request with such headers."""
    app = Starlette(routes=[Route("/", lambda _request: PlainTextResponse("hello"))])
    guard(app, host, origins)

    async def ask() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return (await client.get("http://localhost/", headers=headers)).status_code

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests has an event loop in this one
        return thread.submit(lambda: asyncio.run(ask())).result() == 200


def test_a_page_that_the_users_own_setting_names_is_let_in_under_its_own_name() -> None:
    named = "https://prefect.example"

    assert answered("127.0.0.1", named, Host="prefect.example", Origin=named)
    assert answered("127.0.0.1", named, Host="127.0.0.1:4200", Origin="http://127.0.0.1:4200")
    assert not answered("127.0.0.1", named, Host="other.example")
    assert not answered("127.0.0.1", named, Host="prefect.example", Origin=ELSEWHERE)


def test_a_server_on_all_addresses_has_any_name_and_only_its_own_page() -> None:
    assert answered("0.0.0.0", "http://127.0.0.1:4200", Host="box:4200", Origin="http://box:4200")
    assert not answered("0.0.0.0", "http://127.0.0.1:4200", Host="box:4200", Origin=ELSEWHERE)


def test_who_allows_all_origins_himself_has_no_guard() -> None:
    assert answered("127.0.0.1", "*", Host="other.example", Origin=ELSEWHERE)
