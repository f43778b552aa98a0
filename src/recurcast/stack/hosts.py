"""Under which names a server is reached, and whether others can reach it: read from an address, never from how it begins."""

from ipaddress import IPv4Address, IPv6Address, ip_address

LOOPBACK = "127.0.0.1"
_OF_THIS_MACHINE = ("localhost", LOOPBACK, "[::1]")


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the host: another name may mean any address, whatever it looks like."""
    found = _address(host)
    return host.lower() == "localhost" if found is None else found.is_loopback


def is_everywhere(host: str) -> bool:
    """Return whether the host stands for all addresses of this machine."""
    found = _address(host)
    return found is not None and found.is_unspecified


def names_of(host: str) -> tuple[str, ...]:
    """Return what a browser may call a server that listens on the host, as it stands in an address; without a port."""
    own = f"[{host}]" if ":" in host else host
    return _OF_THIS_MACHINE if is_everywhere(host) else tuple(dict.fromkeys((own.lower(), *_OF_THIS_MACHINE)))


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
