"""What counts as this machine alone: an address is read, a name is not judged by how it begins."""

import pytest

from recurcast.errors import ConfigurationError
from recurcast.stack import parts
from recurcast.stack.hosts import is_everywhere, is_loopback, names_of


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "0:0:0:0:0:0:0:1", "localhost", "LocalHost"])
def test_an_address_of_this_machine_alone_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.evil.example", "127.0.0.1.evil.example", "127.", "localhost.evil.example", "0.0.0.0", "10.0.0.1", ""]
)
def test_what_only_looks_like_it_is_refused_as_others_are(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_SERVER_API_AUTH_STRING", raising=False)

    assert not is_loopback(host)
    with pytest.raises(ConfigurationError, match="what others can reach asks who they are"):
        parts.expect_guarded(host, mlflow=True, prefect=True, insecure=False)


@pytest.mark.parametrize(("host", "everywhere"), [("0.0.0.0", True), ("::", True), ("::0", True), ("127.0.0.1", False)])
def test_all_addresses_are_told_by_their_value(host: str, everywhere: bool) -> None:
    assert is_everywhere(host) is everywhere
    assert parts.address(host, 5000) == "http://127.0.0.1:5000"


def test_a_server_has_the_names_of_this_machine_and_its_own() -> None:
    assert names_of("0.0.0.0") == names_of("127.0.0.1")[1:2] + names_of("127.0.0.1")[:1] + ("[::1]",)
    assert names_of("Box") == ("box", "localhost", "127.0.0.1", "[::1]")
    assert names_of("fd00::5")[0] == "[fd00::5]"
