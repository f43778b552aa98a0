"""Prefect's command line, for a server on SQLite whose writers stand in line: `python -m <this module> server start`.

Prefect begins its transactions as readers. One that reads first and writes later fails at once where another has written
in between ("database is locked", however long it is ready to wait), and after some tries the event that it was about is
lost: so automations miss heartbeats. What failed is freed by the garbage collector in whatever thread it runs, often that of
the event loop, which then waits for a connection that itself waits for the lock: the whole server stands still for a
minute (docs/decisions/0020). Begun as writers, transactions wait for one another instead.

Prefect takes the time zones of rules from dateutil, which does not read what everything else reads (`rule_zones`); here it
asks ours, so that what fires is what `recurcast schedule` shows.
A database that is not there yet begins as a copy (`prefect_database`), and a form of parameters that many deployments have is
checked once (`schema_checks`).
Whoever starts it by hand (docs/deploy.md) gets what `recurcast up` gives: nothing is told to Prefect's makers, and the page
asks the server that a browser has it from; Prefect's own choice is the address that the server listens at, such as 0.0.0.0.
And Prefect's server answers every page that a browser has open; this one its own (docs/decisions/0023).
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from recurcast.environment import importing, prepare

if TYPE_CHECKING:
    from fastapi import FastAPI
    from prefect.server.database.configurations import AioSqliteConfiguration
    from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

_DEFAULTS = {"PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false", "PREFECT_SERVER_UI_API_URL": "/api"}


def set_defaults() -> None:
    """Set what the user has not set of the server's environment, before Prefect reads it."""
    prepare()
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)


@asynccontextmanager
async def begin_as_writer(
    _configuration: "AioSqliteConfiguration", session: "AsyncSession", with_for_update: bool = True
) -> "AsyncIterator[AsyncSessionTransaction]":
    """Begin a transaction of Prefect's that has SQLite's lock for writing from its first moment, whatever was asked for."""
    from prefect.server.database.configurations import SQLITE_BEGIN_MODE

    before = SQLITE_BEGIN_MODE.set("IMMEDIATE")
    try:
        async with session.begin() as transaction:
            yield transaction
    finally:
        SQLITE_BEGIN_MODE.reset(before)


def mend_prefect() -> None:
    """Replace in this process what of Prefect's server is not as it should be."""
    import dateutil.tz
    from prefect.server.database.configurations import AioSqliteConfiguration
    from prefect.server.database.interface import PrefectDBInterface

    from recurcast.scheduling.rule_zones import rule_zone
    from recurcast.stack.prefect_database import create_database
    from recurcast.stack.schema_checks import check_forms_once

    AioSqliteConfiguration.begin_transaction = begin_as_writer  # type: ignore[assignment]
    PrefectDBInterface.create_db = create_database  # type: ignore[method-assign, assignment]
    dateutil.tz.gettz = rule_zone
    check_forms_once()


def guard_server() -> None:
    """Let the server that is made from now on refuse other pages, as its settings of host and origins say."""
    from prefect.server.api import server
    from prefect.settings import get_current_settings

    from recurcast.stack.guard import guard

    create = server.create_app

    @wraps(create)
    def create_guarded(*arguments: Any, **options: Any) -> "FastAPI":
        made, api = create(*arguments, **options), get_current_settings().server.api
        guard(made, api.host, [each.strip() for each in api.cors_allowed_origins.split(",")])
        return made

    server.create_app = create_guarded


def main() -> None:
    """Call Prefect's command line."""
    set_defaults()
    with importing():
        from prefect.cli import app

        mend_prefect()
        guard_server()
    app()


if __name__ == "__main__":
    main()
