"""What a query and the address of its database must be like, wherever they stand in a configuration."""

import re

VARIABLE = re.compile(r"\$\{(\w*)\}")
PASSWORD = re.compile(r"^[\w.+-]+://[^/@]*:[^/]+@|(?i:[?&](?:password|pwd|passwd|token|motherduck_token)=[^&])")
_ADDRESS = (
    "an address of a database is written like postgresql://host:5432/name, or is an environment variable, ${ENERGY_DB}"
)
_BOUND = "a query is asked for an interval, by :start and :end, as it was known, by :as_of"


def binds_of(query: str) -> frozenset[str]:
    """Return the names of the parameters that a query binds."""
    from sqlalchemy import text

    return frozenset(text(query).compile().params)


def refuse_address(url: str) -> None:
    """Raise ValueError where an address is none, or holds a password."""
    bare = VARIABLE.sub("x", url)
    if VARIABLE.fullmatch(url) is None and ("://" not in bare or "$" in bare):
        raise ValueError(f"{_ADDRESS}; received neither. Write one of the two")
    if any(not name for name in VARIABLE.findall(url)):
        raise ValueError(f"{_ADDRESS}; received ${{}} without a name. Name the variable")
    if PASSWORD.search(VARIABLE.sub("", url)):
        raise ValueError(
            "an address in prefect.yaml has no password, since the file is kept, deployed and recorded; received one that "
            "has. Set an environment variable to the whole address, and write its name: url: ${ENERGY_DB}"
        )


def refuse_unbound(query: str, *, tells_when_known: bool) -> None:
    """Raise ValueError where a query is not asked for an interval, or for more; `tells_when_known`: it may lack :as_of."""
    binds = binds_of(query)
    missing = [f":{name}" for name in ("start", "end") if name not in binds]
    if missing:
        raise ValueError(
            f"{_BOUND}; received one without {' and '.join(missing)}. Add it: WHERE ds >= :start AND ds < :end"
        )
    if "as_of" not in binds and not tells_when_known:
        raise ValueError(
            f"{_BOUND}; received one without :as_of. Add it, such as AND recorded_at <= :as_of; where rows never change, "
            "leave it out and say how long after its timestamp a row is known, by source.delay, or by columns.available_at"
        )
    other = sorted(binds - {"start", "end", "as_of"})
    if other:
        raise ValueError(
            f"a query binds :start, :end and :as_of, nothing else; received :{other[0]} besides. Write the value itself, "
            f"and a colon that binds nothing as \\:"
        )
