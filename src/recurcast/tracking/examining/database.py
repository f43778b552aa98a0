"""A database as it is: which MLflow made its tables, what it lets us write, what its clock and its time zones say."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow.store.db.utils import _get_latest_schema_revision, _get_schema_version
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from recurcast.tracking.clocks import Look
from recurcast.tracking.reaching import try_database
from recurcast.tracking.store import store_errors

_SOON = 4  # seconds
_WRITTEN = ("experiments", "runs", "tags", "metrics", "params", "registered_models", "model_versions")
"""The tables that every training writes to."""


@dataclass(frozen=True)
class Schema:
    """The revision of MLflow's tables, and the one that MLflow here wants; none where there are no tables yet."""

    found: str | None
    wanted: str


@contextmanager
def entered(uri: str) -> Iterator[Engine]:
    """Return an engine of a database as a context, once it has let us in.

    StoreUnavailable says that it did not, and what to do.
    """
    with store_errors(uri):
        try_database(uri)
        address = make_url(uri)
        patient = address.get_backend_name() == "postgresql" and "connect_timeout" not in address.query
        engine = create_engine(address, poolclass=NullPool, connect_args={"connect_timeout": _SOON} if patient else {})
        try:
            yield engine
        finally:
            engine.dispose()


def schema_of(engine: Engine) -> Schema:
    """Return which revision of MLflow's tables the database has."""
    return Schema(_get_schema_version(engine), str(_get_latest_schema_revision()))


def refused_tables(engine: Engine) -> Mapping[str, str]:
    """Return, by table, why it can't be written; each is changed in none of its rows, and that is taken back."""
    refused = {}
    for table in _WRITTEN:
        try:
            with engine.connect() as connection:
                column = "name" if table in ("experiments", "registered_models", "model_versions") else "run_uuid"
                _shortly(connection)
                connection.execute(text(f"UPDATE {table} SET {column} = {column} WHERE 1 = 0"))
                connection.rollback()
        except SQLAlchemyError as error:
            refused[table] = next(iter(str(getattr(error, "orig", error)).splitlines()), "")
    return refused


def clock_of(engine: Engine) -> Look | None:
    """Return the time that the database's machine has; none where the database is a file of this one."""
    if engine.dialect.name != "postgresql":
        return None
    with engine.connect() as connection:
        before = datetime.now(UTC)
        said = connection.execute(text("SELECT clock_timestamp()")).scalar_one().astimezone(UTC)
        return Look(before, said, said, datetime.now(UTC))


def offsets_of(engine: Engine, zone: str, instants: Sequence[datetime]) -> tuple[float, ...] | None:
    """Return the seconds by which a zone is ahead of UTC at each instant, as PostgreSQL reads it; none if it is unknown there."""
    asked = text(
        "SELECT EXTRACT(EPOCH FROM (to_timestamp(at) AT TIME ZONE :zone) - (to_timestamp(at) AT TIME ZONE 'UTC')) "
        "FROM unnest(CAST(:instants AS double precision[])) WITH ORDINALITY AS asked(at, place) ORDER BY place"
    )
    with engine.connect() as connection:
        try:
            rows = connection.execute(asked, {"zone": zone, "instants": [each.timestamp() for each in instants]})
            return tuple(float(row[0]) for row in rows)
        except SQLAlchemyError as error:
            if "not recognized" in str(error):
                return None
            raise


def _shortly(connection: Connection) -> None:
    """A table that another program has locked is not waited for."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL statement_timeout = {_SOON * 1000}"))
    elif connection.dialect.name == "sqlite":
        connection.execute(text(f"PRAGMA busy_timeout = {_SOON * 1000}"))
