"""`recurcast init`: a project of one's own, all of it or nothing."""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.text import Text

from recurcast.cli.display.printing import plain, say
from recurcast.config.base import Frequency, Timezone
from recurcast.config.pipeline import PipelineName
from recurcast.errors import ConfigurationError
from recurcast.scaffold.guess import Guess, Said


def init_project(folder: Path, csv: Path | None, name: str | None, said: Said, *, as_json: bool) -> None:
    """Write a project with one pipeline: for the file, or without one the generated `sine`; print what was guessed."""
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
            "--name, --target, --time, --id, --timezone, --horizon, --decimal, --sheet and --step tell about a file; "
            "received none. Name it: --csv FILE."
        )
    proposal = None
    chosen = "sine"
    if csv is not None:
        chosen = _checked(PipelineName, "--name", name) or pipeline_name(csv.name.partition(".")[0])
        _checked(Timezone, "--timezone", said.timezone)
        _checked(Frequency, "--step", said.step)
        if said.decimal not in (None, ".", ","):
            raise ConfigurationError(f"--decimal is '.' or ','; received '{said.decimal}'.")
        proposal = propose(csv, chosen, said, now())
    text = sine_project_file() if proposal is None else project_file(proposal)
    with _failures_told(folder), _all_or_nothing(folder, beside) as staged:
        _write(staged, text, chosen, csv)
        load_pipeline(staged, chosen)
    guesses = () if proposal is None else proposal.guesses
    _print(folder, chosen, csv, guesses, as_json=as_json)


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


def _write(root: Path, project_text: str, name: str, csv: Path | None) -> None:
    from recurcast.scaffold.files import IGNORED, flow_files, readme

    (root / "flows").mkdir()
    (root / "data").mkdir()
    for file, text in flow_files().items():
        (root / "flows" / file).write_text(text, encoding="utf-8")
    if csv is not None:
        shutil.copyfile(csv, root / "data" / csv.name)
    texts = {"prefect.yaml": project_text, ".gitignore": IGNORED, "README.md": readme(name)}
    for file, text in texts.items():
        (root / file).write_text(text, encoding="utf-8")


def _print(folder: Path, name: str, csv: Path | None, guesses: tuple[Guess, ...], *, as_json: bool) -> None:
    following = [f"cd {folder}", "recurcast run", "recurcast up"]
    copied = None if csv is None else f"data/{csv.name}"
    if as_json:
        said = {"project": str(folder), "pipeline": name, "file": copied, "guesses": [asdict(each) for each in guesses]}
        print(json.dumps(said | {"next": following}))  # noqa: T201
        return
    console = Console(highlight=False)
    if copied is None:
        say(console, f"{folder}: a project with the pipeline '{name}', a generated series, in prefect.yaml")
    else:
        say(console, f"{folder}: a project with the pipeline '{name}' for {copied}, a copy of {csv}")
        say(console, "guessed, each with its evidence in prefect.yaml, where you can change it:")
        for guess in guesses:
            console.print(
                Text.assemble(
                    plain(f"  {guess.field}: ", "bold"), plain(guess.value, "cyan"), plain(f"  # {guess.why}", "dim")
                ),
                soft_wrap=True,
            )
    say(console, "next:")
    for command in following:
        say(console, f"  {command}")
