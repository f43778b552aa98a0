"""Who fits the cells here, where that is not this process: reached, of our versions, with workers."""

import os
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from recurcast.config.place import executor_of
from recurcast.errors import RecurcastError
from recurcast.executors.seam import engaged, expect_dask
from recurcast.stack.doctor.checks import Check, Place, failed, ok, warning

_SOON = 4.0  # seconds


def executor_checks(place: Place) -> Iterator[Check]:
    """Yield how the Dask cluster stands that the place names; processes of its own begin with a command."""
    config = executor_of(place.root, os.environ)
    if config.kind == "here" and config.address and "kind" not in config.model_fields_set:
        yield warning(
            "executor",
            f"this process fits; {config.address} is named, and no kind",
            "To fit there say RECURCAST_EXECUTOR=dask, or kind: dask in place.yaml; else leave the address out.",
        )
    if config.kind == "processes":
        expect_dask(config)
        yield ok("executor", "processes of this machine, which begin and end with a command")
    if config.kind != "dask" or config.address is None:
        return
    if (refused := _refused(config.address)) is not None:
        yield failed(
            "executor",
            f"no scheduler of Dask's answers at {config.address}: {refused}",
            "Start it (dask scheduler), correct the address, or fit here: executor here (docs/executors.md).",
        )
        return
    try:
        with engaged(place.root, patience=_SOON) as executor:
            told, remarks = executor.told, tuple(executor.remarks)
    except RecurcastError as error:
        yield failed("executor", str(error), "")
        return
    yield ok("executor", told)
    for remark in remarks:
        yield warning("executor", remark, "Install one lock on all of them (docs/executors.md).")


def _refused(address: str) -> str | None:
    """Why nobody takes a connection there; Dask itself would try for half a minute."""
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=_SOON).close()
    except OSError as error:
        return error.strerror or str(error)
    return None
