"""`recurcast prune`."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from recurcast.config.project import find_root, load_pipeline
from recurcast.instants import format_instant
from recurcast.runs.retention import Pruning, Removed, parse_retention


def prune_pipeline(name: str, keep: str, *, dry_run: bool, as_json: bool) -> None:
    """Remove what no one needs any more, and print what it was and how much space it took."""
    retention = parse_retention(keep)
    root = find_root(Path.cwd())
    load_pipeline(root, name)
    from recurcast.tracking.pruning import choose_prunable, prune
    from recurcast.tracking.store import connect

    store = connect(root)
    pruning = choose_prunable(store, name, retention)
    removed = prune(store, name, pruning, dry_run=dry_run)
    if as_json:
        print(json.dumps(_plain(name, list(removed), pruning, dry_run=dry_run)))  # noqa: T201
    else:
        _print(Console(highlight=False, soft_wrap=True), name, removed, pruning, dry_run=dry_run)


def _print(console: Console, name: str, removed: Iterable[Removed], pruning: Pruning, *, dry_run: bool) -> None:
    counts, size = {"version": 0, "snapshot": 0}, 0
    for each in removed:
        console.print(f"  {each.kind} {each.name} as of {format_instant(each.as_of)}, {_megabytes(each.size)}")
        counts[each.kind] += 1
        size += each.size
    what = f"{_counted(counts['version'], 'version')} and {_counted(counts['snapshot'], 'snapshot')}"
    done = "would be removed" if dry_run else "removed"
    console.print(f"{name}: {what} {done}, {_megabytes(size)}")
    if pruning.needed:
        stay = "stays" if pruning.needed == 1 else "stay"
        why = "the champion history, an alias, an open verdict or a live run needs them"
        console.print(f"{pruning.needed} older {stay}: {why}")


def _plain(name: str, removed: list[Removed], pruning: Pruning, *, dry_run: bool) -> dict[str, object]:
    rows = [asdict(each) | {"as_of": format_instant(each.as_of)} for each in removed]
    total = sum(each.size for each in removed)
    return {"pipeline": name, "dry_run": dry_run, "removed": rows, "size": total, "needed": pruning.needed}


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB"
