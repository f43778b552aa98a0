"""A gateway before a server whose clock is an hour behind, as its answers say."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@contextmanager
def an_hour_behind(address: str) -> Iterator[str]:
    """Give the address under which the same server answers, an hour behind."""
    parts = urlsplit(address)

    class Gateway(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            behind = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
            kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            behind.request(self.command, self.path, content, kept)
            answer = behind.getresponse()
            said = answer.read()
            behind.close()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("date", "content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Date", format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True))
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{parts.path}"
        finally:
            server.shutdown()
            serving.join()
