"""`recurcast init`: a project of one's own, all of it or nothing."""

import errno
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from recurcast.cli.display.following import Step, print_steps
from recurcast.cli.display.printing import say
from recurcast.config.base import Frequency, Timezone
from recurcast.config.names import PipelineName
from recurcast.errors import ConfigurationError
from recurcast.instants import format_instant
from recurcast.masking import masked
from recurcast.scaffold.guess import Said

if TYPE_CHECKING:
    from recurcast.scaffold.proposal import Proposal


def init_project(folder: Path, csv: Path | None, name: str | None, said: Said, *, asks: bool, as_json: bool) -> None:
    """Write a project with one pipeline: for the file, or without one the generated `sine`.

    What was understood of the file is shown first, and in a terminal nothing is written until somebody agrees.
    """
    with _failures_told(folder):
        _refuse_taken(folder)
        beside = _nearest_folder(folder)
    from recurcast.environment import importing

    with importing():
        from recurcast.scaffold.files import pipeline_name, project_file, sine_project_file
        from recurcast.scaffold.proposal import propose
    from recurcast.config.project import load_pipeline
    from recurcast.scheduling.clock import now

    if csv is None and (name is not None or said != Said()):
        raise ConfigurationError(
            "--name, --target, --time, --id, --timezone, --horizon, --decimal, --sheet, --step, --day-first tell "
            "about a file; received none. Name it: --csv FILE."
        )
    proposal = None
    chosen = "sine"
    if csv is not None:
        _refuse_what_is_no_file(folder, csv)
        chosen = _checked(PipelineName, "--name", name) or pipeline_name(csv.name.partition(".")[0])
        _checked(Timezone, "--timezone", said.timezone)
        _checked(Frequency, "--step", said.step)
        if said.decimal not in (None, ".", ","):
            raise ConfigurationError(f"--decimal is '.' or ','; received '{said.decimal}'.")
        proposal = propose(csv, chosen, said, now())
        if not as_json and not _shown_and_agreed(folder, csv, proposal, asks=asks):
            return
    text = sine_project_file() if proposal is None else project_file(proposal)
    kept = None if proposal is None else proposal.file
    with _failures_told(folder), _all_or_nothing(folder, beside) as staged:
        _write(staged, text, chosen, csv, kept)
        load_pipeline(staged, chosen)
    if as_json:
        _print_json(folder, chosen, csv, proposal)
    else:
        _print(folder, chosen, csv, kept)


def _refuse_what_is_no_file(folder: Path, csv: Path) -> None:
    """Of a folder, or an address, `init` is shown a part; the block then says where all of it is."""
    named = re.sub(r"^(\w[\w+]+):/+", r"\1://", str(csv))  # of '//' a path keeps one
    if "://" in named:
        raise ConfigurationError(
            f"init looks at a file of this machine; received {masked(named)}. Show it a part of what is there, a file or a "
            "query's result as long as the history you need; then take source.kind folder or sql (docs/data.md)."
        )
    if not os.path.isdir(csv):  # Path.is_dir raises where a folder above may not be looked into
        return
    inside = sorted(file for file in csv.rglob("*") if file.suffix.lower() in (".parquet", ".csv") and file.is_file())
    rule = f"init looks at one file; '{csv}' is a folder"
    if not inside:
        raise ConfigurationError(f"{rule}, with neither .csv nor .parquet files in it. Name a file, or another folder.")
    raise ConfigurationError(
        f"{rule} with {len(inside):,} of them. Show it one, such as: recurcast init {shlex.quote(str(folder))} --csv "
        f"{shlex.quote(str(inside[-1]))}; then write into its block, in place of source.kind file and its path, "
        f"{{kind: folder, path: {csv.resolve()}}} (docs/data.md)."
    )


def _shown_and_agreed(folder: Path, csv: Path, proposal: "Proposal", *, asks: bool) -> bool:
    """Whether to go on: elsewhere than in a terminal nobody is asked, and every guess stands there at once."""
    from recurcast.cli.commands.asking import agreed, somebody_sits_there
    from recurcast.cli.display.proposal import print_guesses, print_proposal

    console = Console(highlight=False)
    print_proposal(console, csv.name, proposal)
    if not somebody_sits_there():
        print_guesses(console, proposal.guesses)
        return True
    if not asks or agreed(f"Write the project to {folder}?", lambda: print_guesses(console, proposal.guesses)):
        return True
    say(console, f"Nothing was written. Say what you know better, such as: {_otherwise(proposal)}")
    return False


def _otherwise(proposal: "Proposal") -> str:
    """The command again, saying otherwise in what is least sure, or in what is forecast."""
    from recurcast.cli.display.proposal import doubtful

    flags = [each.instead for each in doubtful(proposal.guesses) if each.instead]
    return f"recurcast {shlex.join(sys.argv[1:])} {[*flags, '--target COLUMN'][0]}"


def _refuse_taken(folder: Path) -> None:
    if folder.is_dir():
        inside = sorted(each.name for each in folder.iterdir())
        if inside:
            raise ConfigurationError(
                f"a project begins in a new or empty folder; '{folder}' holds '{inside[0]}'"
                f"{f' and {len(inside) - 1} more' if len(inside) > 1 else ''}. Nothing was written; name another folder."
            )
    elif folder.exists() or folder.is_symlink():
        raise ConfigurationError(f"a project is a folder; '{folder}' is something else. Name another one.")


def _nearest_folder(folder: Path) -> Path:
    """Return the folder itself or the nearest above it that is there, in which a project can be begun."""
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not nearest.is_dir():
        raise ConfigurationError(f"a project stands in folders; '{nearest}' is something else. Name another place.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(nearest))
    return nearest


@contextmanager
def _failures_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"a project's files are written to '{folder}', which failed: {error.strerror or error}. Nothing was left there; "
            "name a folder that you may write to, on a disk with room."
        ) from error


@contextmanager
def _all_or_nothing(folder: Path, beside: Path) -> Iterator[Path]:
    """A folder beside the wanted one, moved there at the end: whatever fails before leaves nothing behind."""
    existed = folder.is_dir()
    moved: list[Path] = []
    try:
        with tempfile.TemporaryDirectory(prefix=".recurcast-init-", dir=beside) as scratch:
            staged = Path(scratch)
            yield staged
            folder.mkdir(parents=True, exist_ok=True)
            for each in sorted(staged.iterdir()):
                moved.append(Path(shutil.move(each, folder / each.name)))
    except BaseException:
        for each in moved:
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        if not existed and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        raise


def _checked(kind: Any, option: str, text: str | None) -> str | None:
    try:
        return None if text is None else TypeAdapter[str](kind).validate_python(text)
    except ValidationError as error:
        raise ConfigurationError(f"{option}: {error.errors()[0]['ctx']['error']}.") from error


def _write(root: Path, project_text: str, name: str, csv: Path | None, kept: str | None) -> None:
    from recurcast.scaffold.files import IGNORED, flow_files, readme

    (root / "flows").mkdir()
    (root / "data").mkdir()
    for file, text in flow_files().items():
        (root / "flows" / file).write_text(text, encoding="utf-8")
    if csv is not None and kept is not None:
        shutil.copyfile(csv, root / kept)
    texts = {"prefect.yaml": project_text, ".gitignore": IGNORED, "README.md": readme(name)}
    for file, text in texts.items():
        (root / file).write_text(text, encoding="utf-8")


def _print_json(folder: Path, name: str, csv: Path | None, proposal: "Proposal | None") -> None:
    guesses = () if proposal is None else proposal.guesses
    said: dict[str, Any] = {
        "project": str(folder),
        "pipeline": name,
        "file": None if proposal is None else proposal.file,
        "guesses": [asdict(each) for each in guesses],
    }
    if proposal is not None:
        rows = proposal.seen.rows
        said |= {"rows": len(rows), "rows_in_file": proposal.seen.in_file, "series": rows["unique_id"].nunique()}
        said |= {"first": _row(rows.iloc[0]), "last": _row(rows.iloc[-1])}
    print(json.dumps(said | {"next": [step.command for step in _following(folder)]}))  # noqa: T201


def _row(row: Any) -> dict[str, Any]:
    value = None if isnan(row["y"]) else float(row["y"])
    return {"series": str(row["unique_id"]), "ds": format_instant(row["ds"].to_pydatetime()), "value": value}


def _print(folder: Path, name: str, csv: Path | None, kept: str | None) -> None:
    console = Console(highlight=False)
    if csv is None:
        say(console, f"{folder}: a project with the pipeline '{name}', a generated series, in prefect.yaml")
    else:
        say(console, f"{folder}: a project with the pipeline '{name}' for {kept}, a copy of {csv}")
        say(console, "every guess stands with its evidence in its prefect.yaml, where you can change it")
    print_steps(console, _following(folder))


def _following(folder: Path) -> tuple[Step, ...]:
    return (
        Step(f"cd {shlex.quote(str(folder))}", "the project"),
        Step("recurcast run", "train, judge and record one interval, here and now"),
        Step("recurcast up", "the two pages, and the schedule that trains and forecasts from now on"),
    )
