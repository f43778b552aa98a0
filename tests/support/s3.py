"""A real S3 interface on a free port of this machine: moto's server, behind a proxy that counts bytes, and fails when asked."""

import contextlib
import importlib.util
import logging
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_MAX_ATTEMPTS")


def lacking() -> str | None:
    """Return what is not installed of what an S3 takes, or none."""
    missing = [name for name in ("moto", "s3fs", "flask_cors") if importlib.util.find_spec(name) is None]
    return f"{', '.join(missing)} not installed" if missing else None


@dataclass
class Wire:
    """What went over the wire to the client, and where it is cut."""

    sent: int = 0
    answers: bytes | None = None
    """Given to every request instead of the server's answer."""
    cut_after: int | None = None
    """Bytes of an answer with a long body after which the connection is closed."""
    connections: list[socket.socket] = field(default_factory=list)


@contextlib.contextmanager
def s3() -> Iterator[tuple[str, Wire]]:
    """Give the address of an empty S3, and its wire."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    wire = Wire()
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        threading.Thread(target=_serve, args=(listening, (host, port), wire), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", wire
        finally:
            for each in wire.connections:
                each.close()
            server.stop()


def place(patch: pytest.MonkeyPatch, address: str) -> None:
    """Set what the environment says of an S3."""
    for name, value in zip(NAMES, ("testing", "s3cret-testing", address, "us-east-1", "1"), strict=True):
        patch.setenv(name, value)


def upload(folder: Path, bucket: str) -> None:
    """Put the files of a folder into a new bucket, by the environment's address."""
    import boto3

    client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    client.create_bucket(Bucket=bucket)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            client.upload_file(str(path), bucket, path.relative_to(folder).as_posix())
    client.close()


def _serve(listening: socket.socket, upstream: tuple[str, int], wire: Wire) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        wire.connections.append(client)
        threading.Thread(target=_connected, args=(client, upstream, wire), daemon=True).start()


def _connected(client: socket.socket, upstream: tuple[str, int], wire: Wire) -> None:
    with contextlib.suppress(OSError), contextlib.closing(client):
        server = socket.create_connection(upstream)
        with contextlib.closing(server):
            threading.Thread(target=_hand_on, args=(client, server, wire), daemon=True).start()
            while content := server.recv(1 << 16):
                wire.sent += len(content)
                if wire.cut_after is not None and len(content) > wire.cut_after:
                    client.sendall(content[: wire.cut_after])
                    return client.shutdown(socket.SHUT_RDWR)
                client.sendall(content)


def _hand_on(client: socket.socket, server: socket.socket, wire: Wire) -> None:
    with contextlib.suppress(OSError):
        while content := client.recv(1 << 16):
            if wire.answers is None:
                server.sendall(content)
            else:
                head, _, body = wire.answers.partition(b"\r\n\r\n")
                client.sendall(head + b"\r\n\r\n" + (b"" if content.startswith(b"HEAD") else body))
