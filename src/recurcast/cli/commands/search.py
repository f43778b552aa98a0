"""`recurcast search NAME`: here, with one process or several."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from recurcast.cli.commands.search_show import write_search_page
from recurcast.cli.commands.stated import stated_as_of
from recurcast.cli.display.printing import say
from recurcast.cli.display.search import SearchLines, print_search
from recurcast.config.project import find_root, load_pipeline, only_pipeline
from recurcast.runs.search import to_json


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line; `stated` are fields of the block `search`."""

    name: str | None
    as_of: str | None
    stated: Mapping[str, Any]
    workers: int
    executor: str | None = None


def search_here(wish: Wish, *, as_json: bool) -> None:
    """Search in this process and print what came of it."""
    from recurcast.executors.seam import engaged
    from recurcast.pipelines.search import run_search
    from recurcast.scheduling.search import search_by_hand

    root = find_root(Path.cwd())
    settings = [f"search.{field}={json.dumps(value)}" for field, value in wish.stated.items()]
    deployment = load_pipeline(root, wish.name or only_pipeline(root, "search"), settings)
    instant = stated_as_of(wish.as_of, deployment)
    request = search_by_hand(deployment.pipeline, deployment.schedules, instant, root, workers=wish.workers)
    lines = SearchLines(Console(stderr=True, highlight=False), request, shown=not as_json)
    with engaged(root, wish.executor):
        record = run_search(request, lines)
    page = write_search_page(root, deployment, record)
    if as_json:
        print(to_json(record))  # noqa: T201
    else:
        print_search(Console(highlight=False), record)
        say(Console(), f"page: {page}")
