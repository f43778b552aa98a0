"""A case: files that are laid out, with what is said of them; drawn anew from a seed and a number."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from attacks import document_texts, documents, parquet, tables, texts, times
from attacks.bases import tables as base_tables
from attacks.odd_values import ZONES

FILE, CONFIGURATION = "file", "configuration"
_ODD_FILES = (
    "data.csv",
    "data.csv",
    "data.csv",
    "NO.csv",
    "a b.csv",
    "ünï.csv",
    "x" * 200 + ".csv",
    "-n.csv",
    "train.csv",
    "1.csv",
    "a.b.csv",
    "run.csv",
)
_AS_OF = (
    "2024-03-20T00:00:00Z",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "1677-01-01",
    "2024-10-27T02:30:00",
    "now",
    "",
    "1e9",
    "2262-04-12",
)


@dataclass(frozen=True)
class Case:
    """One attack, the same for the same seed and number."""

    kind: str
    number: int
    what: str
    """Which mutations, in words."""
    files: dict[str, bytes] = field(repr=False)
    """Contents by path below the case's folder."""
    options: tuple[str, ...] = ()
    """Further arguments: of `init` for a file, of `run` for a configuration."""
    base: str = ""
    """What was mutated."""

    @property
    def name(self) -> str:
        """Return the name of the case's folder."""
        return f"{self.kind}-{self.number:04d}"


def file_case(root: Path, seed: int, number: int, *, shapes: bool) -> Case:
    """Return the mutated file of a number; `root` is the project whose samples are mutated."""
    draw = _draws(seed, FILE, number)
    table = draw.choice(base_tables(root, shapes=shapes))
    if draw.random() < 0.2:
        what, content = parquet.parquet(table, draw)
        content = texts.damaged(content, draw) if draw.random() < 0.2 else content
        return Case(FILE, number, what, {"data.parquet": content}, _options(draw, ()), "parquet")
    mutations = draw.sample((*tables.MUTATIONS, *times.MUTATIONS), draw.choice((0, 1, 1, 1, 1, 2, 2, 3)))
    for mutation in mutations:
        with contextlib.suppress(IndexError, ValueError):  # too little is left for one more
            table = mutation(table, draw)
    content = texts.written(table, draw)
    names = [mutation.__name__.replace("_", " ") for mutation in mutations]
    if not mutations or draw.random() < 0.15:
        content, names = texts.damaged(content, draw), [*names, "damaged"]
    return Case(
        FILE, number, ", ".join(names), {draw.choice(_ODD_FILES): content}, _options(draw, table.said), table.name
    )


def configuration_case(seed: int, number: int) -> Case:
    """Return the mutated configuration of a number, beside a good file."""
    draw = _draws(seed, CONFIGURATION, number)
    if draw.random() < 0.25:
        what, content = document_texts.broken(draw)
    else:
        what, text = documents.mutated(draw)
        content = text.encode(errors="surrogatepass")
    rows = [
        f"2024-{3 + n // 744:02d}-{n % 744 // 24 + 1:02d}T{n % 24:02d}:00:00Z,{10 + n % 24},{n % 7}" for n in range(700)
    ]
    files = {"prefect.yaml": content, "demand.csv": "\n".join(["ds,y,wind", *rows]).encode()}
    options = ("--as-of", draw.choice(_AS_OF)) if draw.random() < 0.2 else ()
    return Case(CONFIGURATION, number, what, files, options, "generated here")


def _options(draw: Random, said: tuple[str, ...]) -> tuple[str, ...]:
    options = said if draw.random() < 0.5 else ()
    if draw.random() < 0.2:
        options += ("--timezone", draw.choice(ZONES[:6] if draw.random() < 0.8 else ZONES))
    if draw.random() < 0.1:
        options += ("--horizon", draw.choice(("1", "24", "100000", "99999999999")))
    return options


def _draws(seed: int, kind: str, number: int) -> Random:
    """Return the random numbers of one case, which depend on no other case."""
    return Random(f"{seed} {kind} {number}")
