"""docs/command_line.md: every command, its arguments and options."""

from collections.abc import Iterator
from typing import Any

import typer

from recurcast.cli.main import app

COMMAND_LINE = """\
<!-- Written by `make docs` from src/recurcast/cli; edit the help texts there. -->
# The command line

Every command with its arguments and options, written from the program itself (`make docs`). Activate the environment first:
`. .venv/bin/activate`. Commands find their project in the folder they are called in, or the nearest one above it that has a
`prefect.yaml`.

| exit code | means |
|---|---|
| 0 | done: promoted, kept or rejected by the gate, or nothing to train; also where a question was answered with no |
| 1 | anything else: a store or server that does not answer, an interval of a backfill that failed, a stack that is not healthy |
| 2 | wrong use or configuration; nothing was started |
| 3 | the data were rejected; nothing was trained |
| 130 | ctrl-c |

| variable | says |
|---|---|
| `MLFLOW_TRACKING_URI` | where MLflow keeps runs and models; by default `mlflow.db` in the project's folder |
| `OPTUNA_STORAGE` | where trials of searches are kept; by default with MLflow where that is PostgreSQL, else `searches.db` |
| `PREFECT_API_URL` | which Prefect server; by default the one that `recurcast up` started in this project, if it runs |
| `PREFECT_API_AUTH_STRING` | the password of that server |

Every command takes `--json` (one JSON object on stdout and nothing else there; an error has `error`, `kind` and `exit_code`) and
`-v` (what the libraries say, and tracebacks). In a terminal `init` asks before it writes (`--yes` skips that); nothing else asks.
"""


def command_line_page() -> str:
    """Return docs/command_line.md."""
    return "\n".join([COMMAND_LINE, *_commands(typer.main.get_command(app), "recurcast")])


def _commands(group: Any, prefix: str) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        full = f"{prefix} {name}"
        if hasattr(command, "commands"):
            yield from _commands(command, full)
            continue
        context = typer.Context(command, info_name=full)
        usage = " ".join(command.collect_usage_pieces(context)).replace("{", "").replace("}", "")
        yield f"## `{full}`\n\n{command.help}\n\n```\n{full} {usage}\n```\n"
        rows = [_row(each) for each in command.params if each.name not in ("as_json", "verbose")]
        if rows:
            yield "\n".join(["| | | default |", "|---|---|---|", *rows, ""])


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "option":
        value = (
            ""
            if parameter.is_flag
            else f" {parameter.metavar or ('TEXT' if isinstance(parameter.default, str) else 'N')}"
        )
        off = f" / {', '.join(parameter.secondary_opts)}" if parameter.secondary_opts else ""
        name = ", ".join(sorted(parameter.opts, reverse=True)) + off + value
    else:
        name = parameter.metavar
    shown = parameter.default not in (None, False, "")
    default = "**needed**" if parameter.required else f"`{parameter.default}`" if shown else ""
    return f"| `{_cell(name)}` | {_cell(parameter.help or '')} | {default} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
