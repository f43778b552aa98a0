"""What goes wrong with a database, in a sentence that names the source: whose password it was, what to do, and no password."""

from recurcast.config.interval_sources import SqlSource
from recurcast.errors import ConfigurationError, DataRejected, RecurcastError
from recurcast.masking import masked
from recurcast.series.reading.watching import Stalled

_AWAY = (
    *("connection refused", "connection reset", "connection timed out", "server closed the connection", "broken pipe"),
    *("starting up", "shutting down", "in recovery mode", "too many clients", "too many connections"),
    *("terminating connection due to administrator", "no route to host", "lost connection"),
)
"""What databases say that may answer in a moment."""
_AGAIN = ("40001", "40P01")
"""PostgreSQL's codes of a transaction that got into another one's way."""
_STRANGER = ("password", "authentication", "access denied", "no pg_hba.conf entry", "login failed")
_UNKNOWN = (
    "does not exist",
    "no such table",
    "no such column",
    "unknown column",
    "doesn't exist",
    "not found in from clause",
)
_SLOW = ("57014",)
_NANOSECONDS = "timestamp_ns and type timestamp with time zone"
"""What DuckDB can't compare; pandas before 3 leaves times of that kind in its tables."""
_HELD_UP = (
    "Look what holds it up: a lock, a missing index, the network; a query that is slow by nature takes a longer "
    "source.timeout"
)
_PACKAGES = {"psycopg2": "recurcast[postgresql]", "duckdb": "recurcast[duckdb]", "MySQLdb": "mysqlclient"}


def may_pass(error: BaseException) -> bool:
    """Return whether asking again may help: nobody was there, or two transactions got into each other's way."""
    text = _said(error).lower()
    return _code(error) in _AGAIN or (
        any(each in text for each in _AWAY) and not any(each in text for each in _STRANGER)
    )


def refusal_of(error: Exception, source: SqlSource, name: str) -> RecurcastError:
    """Return what to raise for what went wrong with the query of the pipeline `name`."""
    if isinstance(error, RecurcastError):
        return error
    of, said = f"the database of '{name}' ({source.url})", masked(_said(error))
    if isinstance(error, ModuleNotFoundError):
        package = _PACKAGES.get(str(error.name), error.name)
        return ConfigurationError(
            f"{of} needs the driver '{error.name}', which is not installed. Install it: pip install '{package}'."
        )
    if isinstance(error, Stalled) or _code(error) in _SLOW:
        return DataRejected(f"{of} gives its next rows within {source.timeout}", "it gave none for that long", _HELD_UP)
    rule, remedy = _rule_and_remedy(
        error, said, f"the variable {source.variables[0]}" if source.variables else "source.url"
    )
    return DataRejected(f"{of} {rule}", said, remedy)


def _rule_and_remedy(error: Exception, said: str, setting: str) -> tuple[str, str]:
    lower = said.lower()
    if type(error).__name__ == "NoSuchModuleError":
        return "is one that SQLAlchemy knows", f"Install its dialect, or correct {setting}"
    if any(each in lower for each in _STRANGER):
        return "lets the run in", f"Set {setting} to a user and a password that it knows"
    if may_pass(error):
        return "answers", f"Check that it runs, and that {setting} has its host and port"
    if any(each in lower for each in _UNKNOWN):
        return "has what the query names", "Correct source.query; if it ran before, the schema has changed"
    if _NANOSECONDS in lower:
        return "compares its times with :start", "Have it compare microseconds: ds::TIMESTAMP >= :start"
    return "can run the query", f"Correct source.query, or {setting}"


def _said(error: BaseException) -> str:
    """What the database itself said, on one line: SQLAlchemy adds the query and its parameters."""
    original = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(original).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("LINE ", "^", "[SQL", "(Background"))]
    return "; ".join(told[:2]).rstrip(".") or type(original).__name__


def _code(error: BaseException) -> str:
    original = getattr(error, "orig", None)
    return str(getattr(original, "pgcode", None) or getattr(original, "sqlstate", None) or "")
