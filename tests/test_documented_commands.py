"""Every command of README and docs: run for real in projects of tiny networks, or covered where it says."""

import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from recurcast.cli.main import app
from support.documents import PAGES, REPOSITORY, Block, blocks, prose
from support.projects import recurcast
from support.tiny import ONE_CELL, TINY

ELSEWHERE = {
    "recurcast up": ("tests/stack/test_starting.py", "servers and a worker"),
    "recurcast down": ("tests/stack/test_starting.py", "what up started"),
    "recurcast status": ("tests/stack/test_starting.py", "asks the stack"),
    "recurcast logs": ("tests/stack/test_starting.py", "of the stack"),
    "recurcast doctor": ("tests/team/test_doctor.py", "asks a team's servers"),
    "recurcast deploy": ("tests/team/conftest.py", "deploys to them"),
    "createuser": ("tests/support/team.py", "has the owner of both databases"),
    "createdb": ("tests/support/team.py", "makes both databases"),
    "mlflow server": ("tests/support/team.py", "starts it as the page says"),
    "python -m recurcast.stack.prefect_server": ("tests/support/team.py", "starts it"),
    "prefect worker start": ("benchmarks/team_backfill.py", "two of them on a backfill"),
    "dask": ("deploy/compose.yaml", "starts the same; a real cluster is in the tests of executors"),
    "cp deploy/example.env": ("tests/test_deploy_document.py", "compares what it holds"),
    "docker compose": ("tests/test_deploy_document.py", "reads the file: there is no Docker here"),
    "recurcast backfill cancel": ("tests/cli/commands/test_backfill.py", "wants a backfill that is going"),
    "recurcast backfill resume": ("tests/cli/commands/test_backfill.py", "wants one that was cancelled"),
    "recurcast search weather": ("tests/pipelines/test_search.py", "searches a pipeline of seconds"),
    "recurcast search list": ("tests/cli/commands/test_search_accept.py", "lists some"),
    "recurcast search accept": ("tests/cli/commands/test_search_accept.py", "wants one that has ended"),
    "recurcast promote sine": ("tests/cli/commands/test_registry.py", "wants one champion, and another version"),
    "make run": (".ci/run", "its environment is what make test makes; the pipeline is run below"),
    "make test": (".ci/run", "runs it"),
    "make check": (".ci/run", "runs it"),
    "make bench": ("benchmarks/all.py", "an hour"),
    "make docs": ("tests/test_documents.py", "compares what it writes"),
    "make lock": ("Makefile", "asks the package index"),
    "mlflow models serve": ("tests/tracking/test_serving.py", "serves both forms"),
    "curl": ("tests/tracking/test_serving.py", "sends such requests"),
    "uri=": ("tests/tracking/test_serving.py", "reads the same tag"),
    "python -": ("tests/tracking/test_serving.py", "sends a history"),
    "export": ("tests/conftest.py", "the environment of the tests is their own"),
    ". .venv/bin/activate": ("Makefile", "makes it"),
}
"""What is not run here, by how it begins: where it is, and why there."""

SHORTER = {"recurcast backfill run": ("--limit", "2")}
"""What is added to a command, so that a test does not wait for more of the same."""

INTERVALS = {
    "parts": {"history": 90, "validation": 60, "calibration": 30, "test": 36},
    "gate": {"policy": "always", "must_beat_baseline": False},
}


@dataclass(frozen=True)
class Command:
    """A command of a page: of a block of sh, or behind a `$` in a block that shows what it prints."""

    block: Block
    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)


def commands_of(block: Block) -> Iterator[Command]:
    """The commands of a block of sh, those over several lines as one."""
    lines = iter(block.text.splitlines())
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        document = re.search(r"<<'(\w+)'", line)
        while document and not line.endswith(f"\n{document[1]}"):
            line += "\n" + next(lines)
        while not document and (line.endswith("\\") or line.count("'") % 2 or line.count('"') % 2):
            line += "\n" + next(lines)
        yield Command(block, line)


WRITTEN = tuple(command for block in blocks("sh", "bash") for command in commands_of(block))
SHOWN = tuple(
    Command(block, line.removeprefix("$ "))
    for block in blocks("")
    for line in block.text.splitlines()
    if line.startswith("$ ")
)


def covered(command: Command) -> str | None:
    """Which entry of ELSEWHERE a command falls under, if any."""
    text = " ".join(command.words) if "<<" not in command.text else command.text
    return next((start for start in ELSEWHERE if text.startswith(start)), None)


def parse(words: list[str], *, whole: bool) -> None:
    """Let the real program read the words; what it does not know is an error, and what is missing too if `whole`."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words:
        if command.name == "search" and words[0] not in command.commands:
            words = ["run", *words]  # what is no command of its own is a pipeline's name
        assert words[0] in command.commands, f"there is no command '{words[0]}'"
        command, words = command.commands[words[0]], words[1:]
    command.make_context(command.name, list(words), resilient_parsing=not whole)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project like this repository, its pipelines tiny ones that are promoted whatever they score."""
    root = tmp_path_factory.mktemp("work") / "clone"
    (root / "data").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "data" / "samples", root / "data" / "samples")
    project = yaml.safe_load((REPOSITORY / "prefect.yaml").read_text())
    for deployment in project["deployments"]:
        if "pipeline" in deployment.get("parameters", {}):
            deployment["parameters"] = {
                "pipeline": TINY | INTERVALS | {"network": ONE_CELL, "name": deployment["name"]}
            }
    (root / "prefect.yaml").write_text(yaml.safe_dump(project))
    return root


def shrink(root: Path) -> None:
    """Make the networks of a new project tiny: their figures are of no account here."""
    text = (root / "prefect.yaml").read_text()
    text = re.sub(r"units: \d+", "units: 2", re.sub(r"epochs: \d+", "epochs: 1", text))
    text = text.replace("network: {calendar", "network: {units: 2, calendar")
    text = text.replace("units: 2", "units: 2, cells: [gru]")  # on a highway each is compiled, for seconds
    text = re.sub(r"seeds: \d+", "seeds: 1", text).replace("serving: refit", "serving: judged")
    text = re.sub(r"history: \d+", "history: 200", text)
    (root / "prefect.yaml").write_text(text)


def execute(commands: tuple[Command, ...]) -> list[str]:
    """Run the commands in order from the folder that one stands in; return the texts of those that ran."""
    ran = []
    for command in commands:
        if covered(command):
            continue
        first, *words = command.words
        if first == "cd":
            os.chdir(words[0])
            continue
        assert first == "recurcast", f"{command.block.place}: '{command.text}' is neither run nor covered elsewhere"
        more = next((extra for start, extra in SHORTER.items() if command.text.startswith(start)), ())
        ended = recurcast(*words, *more)
        assert ended.exit_code == 0, f"{command.block.place}: {command.text}\n{ended.stderr}"
        if words[0] == "init":
            shrink(Path(words[1]))
        ran.append(command.text)
    return ran


def test_the_commands_of_the_readme_and_its_python_work_in_the_order_they_stand_in(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chdir(clone):
        own = next(number for number, each in enumerate(WRITTEN) if "--csv" in each.text)
        readme = [each for each in WRITTEN if each.block.page.name == "README.md"]
        ran = execute(tuple(readme[:own]))
        for block in blocks("python", pages=(REPOSITORY / "README.md",)):
            exec(compile(block.text, block.place, "exec"), {})
        os.chdir(clone)
        ran += execute(tuple(readme[own:]))

    assert {text.split()[1] for text in ran} >= {"init", "run", "backfill", "history", "forecast", "report"}
    assert (clone.parent / "first" / "mlflow.db").is_file()
    assert (clone.parent / "mine" / "data" / "energy.csv").is_file()


def test_the_commands_whose_output_the_pages_show_work(clone: Path) -> None:
    with chdir(clone):
        assert recurcast("run", "anomalies", "--as-of", "2024-09-05T04:15:00Z").exit_code == 0
        ran = execute(SHOWN)
        ran += execute(tuple(each for each in WRITTEN if each.block.page.name not in ("README.md", "CONTRIBUTING.md")))

    assert len(ran) >= 10


def test_every_command_and_option_in_the_prose_is_one_that_the_program_knows() -> None:
    pages = [page for page in PAGES if page.name != "command_line.md"]
    found = {text for page in pages for text in re.findall(r"`recurcast ([a-z][^`]*)`", prose(page))}
    assert len(found) > 20

    for text in sorted(found):
        parse(shlex.split(text), whole=False)
    for command in (*WRITTEN, *SHOWN):
        if command.words[0] == "recurcast":
            parse(command.words[1:], whole=True)


def test_what_is_covered_elsewhere_is_there_and_is_still_written_in_a_page() -> None:
    used = {covered(command) for command in (*WRITTEN, *SHOWN)}

    assert set(ELSEWHERE) <= used
    for start, (where, why) in ELSEWHERE.items():
        assert (REPOSITORY / where).exists(), start
        assert why
    targets = re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert {start.split()[1] for start in ELSEWHERE if start.startswith("make ")} <= set(targets)


def test_a_block_of_python_in_sh_compiles_and_json_is_json() -> None:
    for command in WRITTEN:
        if "<<'PY'" in command.text:
            compile(command.text.split("\n", 1)[1].removesuffix("PY"), command.block.place, "exec")
        if command.text.startswith("curl") and " -d '" in command.text:
            json.loads(command.text.split(" -d '")[1].rstrip("'"))
