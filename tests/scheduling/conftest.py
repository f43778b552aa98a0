"""One server for all tests of this folder."""

from support.prefect_server import fixture_wait_until, prefect_home, server, server_url, start_worker  # noqa: F401
