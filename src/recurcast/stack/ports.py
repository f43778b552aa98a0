"""Ports of this machine: a free one, and who has the one that was wanted."""

import socket
from dataclasses import dataclass

import psutil

_NEXT = 50
"""How many ports after the wanted one are tried before any that is free."""


@dataclass(frozen=True)
class Port:
    """A port that is free; `taken` says who has the one that was wanted, or nothing."""

    number: int
    taken: str | None = None


def free_port(host: str, wanted: int) -> Port:
    """Return the wanted port, or the next one that is free."""
    if _is_free(host, wanted):
        return Port(wanted)
    number = next((each for each in range(wanted + 1, wanted + _NEXT) if _is_free(host, each)), 0)
    return Port(number or _any_free(host), who_listens(wanted))


def who_listens(port: int) -> str:
    """Return who listens on the port, in words."""
    try:
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid:
                return f"{psutil.Process(each.pid).name()} (process {each.pid})"
    except (psutil.Error, OSError):
        pass
    return "another program"


def _is_free(host: str, port: int) -> bool:
    """Whether nobody listens there: on this address, nor on all of the machine's."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            return False
    return True


def _any_free(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
