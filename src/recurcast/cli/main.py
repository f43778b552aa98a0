"""The command line: thin. Heavy libraries are imported by the command that needs them."""

import json
import os
import signal
import sys
import traceback
from io import TextIOWrapper
from typing import Annotated, Any

import typer

from recurcast.cli.backfill import backfill
from recurcast.cli.explain import explain
from recurcast.cli.forecast import forecast
from recurcast.cli.init import init
from recurcast.cli.lake import lake
from recurcast.cli.options import AsJson, AsOf, ExecutorName, Name, OnlyName, Verbose
from recurcast.cli.registry import champion, history, promote, rollback
from recurcast.cli.report import report
from recurcast.cli.search import search
from recurcast.cli.stack import doctor, down, logs, status, up
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.escaping import in_terminal
from recurcast.lean import be_lean
from recurcast.masking import masked, masked_output

_INTERRUPTED = 130
_OF_A_PLACE = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)

app = typer.Typer(
    name="recurcast",
    help="Scheduled training of recurrent forecasters: SimpleRNN, LSTM and GRU, judged honestly, recorded in MLflow.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(backfill, name="backfill")
app.add_typer(search, name="search")
app.add_typer(lake, name="lake")
for _command in (init, up, status, doctor, logs, down, forecast, champion, history, promote, rollback, report, explain):
    app.command()(_command)


@app.command()
def run(
    name: OnlyName = None,
    as_of: AsOf = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH.TO.FIELD=VALUE", help="Change a field for this run; implies --no-promote."),
    ] = None,
    promote: Annotated[
        bool | None, typer.Option("--promote/--no-promote", help="Whether the best cell may become champion.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Train again what is done with the same inputs.")] = False,
    from_snapshot: Annotated[
        bool, typer.Option("--from-snapshot", help="Take the rows that an earlier run of the interval kept.")
    ] = False,
    on_server: Annotated[bool, typer.Option("--on-server", help="Submit the deployment and follow its run.")] = False,
    executor: ExecutorName = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Train one interval of a pipeline here and now: its cells, judged beside champion and baselines."""
    from recurcast.series.validation import apart

    if not on_server:
        apart.get_ready()
    from recurcast.cli.commands.run import Wish, run_here, run_on_server

    promotes = not settings if promote is None else promote
    wish = Wish(name, as_of, tuple(settings or ()), promotes, force, from_snapshot, executor)
    try:
        (run_on_server if on_server else run_here)(wish, as_json=as_json)
    finally:
        apart.leave()


@app.command()
def pipelines(as_json: AsJson = False, verbose: Verbose = False) -> None:
    """List the pipelines of prefect.yaml with their schedules."""
    from recurcast.cli.commands.pipelines import list_pipelines

    list_pipelines(as_json=as_json)


@app.command()
def track(
    name: OnlyName = None,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="How many ticks, the newest; totals are theirs.")] = 400,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show how a pipeline's champions forecast from tick to tick, beside the baseline, and draw it."""
    from recurcast.cli.commands.track import show_track_record

    show_track_record(name, last, as_json=as_json)


@app.command()
def schedule(
    name: OnlyName = None,
    days: Annotated[
        int | None, typer.Option(metavar="N", help="Look so far ahead; by default 7 days, with --odd 366.")
    ] = None,
    odd: Annotated[bool, typer.Option("--odd", help="Only intervals that are not of the usual length.")] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Preview the ticks of a pipeline's schedules, the interval that each ends, and which are unusually long or short."""
    from recurcast.cli.commands.schedule import preview_schedule

    preview_schedule(name, days, only_odd=odd, as_json=as_json)


@app.command()
def prune(
    name: Name,
    keep: Annotated[
        str, typer.Option(metavar="N|90d", help="How many of the newest as_ofs stay, or how long before the newest.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Remove old snapshots and networks from MLflow; what the champion history names or an alias, stays."""
    from recurcast.cli.commands.prune import prune_pipeline

    prune_pipeline(name, keep, dry_run=dry_run, as_json=as_json)


@app.command()
def deploy(as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Create the work pool and all deployments on Prefect's server; what a person paused stays paused."""
    from recurcast.cli.commands.deploy import deploy_all

    deploy_all(as_json=as_json)


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"recurcast {installed('recurcast')}")
        raise typer.Exit


def main() -> None:
    """Run the command line and leave with 0 done, 2 wrong use or configuration, 3 data rejected, 1 anything else."""
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal may lack a letter, and a file's name may be no text
        sys.stdout.reconfigure(errors="backslashreplace")
    with masked_output():
        _run()


def _run() -> None:
    arguments = sys.argv[1:]
    verbose = bool({"-v", "--verbose"} & set(arguments))
    try:
        _prepare(verbose=verbose)
        code = app(standalone_mode=False) or 0
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except Exception as error:
        if verbose:
            print(masked(traceback.format_exc()), end="", file=sys.stderr)  # noqa: T201
        _fail(*_explained(error), type(error).__name__, arguments)
    if code == _INTERRUPTED:  # typer makes this code of the exception
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed again, it would take the words for an error
        told = "stopped by ctrl-c; a run that was going is marked KILLED in MLflow"
        _fail(told, _INTERRUPTED, "interrupted", arguments)
    sys.exit(code)


def _prepare(*, verbose: bool) -> None:
    from recurcast import environment

    environment.prepare()
    be_lean()
    if not verbose:
        environment.silence()
    if {"--help", "--version"} & set(sys.argv):
        return
    here = environment.working_folder()
    # Not Path.is_dir, which raises where a folder above may not be looked into.
    if any(os.path.isdir(folder / ".recurcast") for folder in (here, *here.parents)):
        from recurcast.stack.servers import adopt

        adopt(here)


def _explained(error: Exception) -> tuple[str, int]:
    if isinstance(error, RecurcastError):
        return str(error), error.exit_code
    format_message = getattr(error, "format_message", None)
    if format_message is not None:
        return f"{format_message()} Try `recurcast --help`.", ConfigurationError.exit_code
    if isinstance(error, _OF_A_PLACE) and error.filename is not None:
        why = f"'{error.filename}' must be there and open to you; received: {error.strerror}"
        return f"{why}. Check its path and permissions; run again with -v to see what needs it.", 2
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first}. Run again with -v to see where.", 1


def _fail(message: str, exit_code: int, kind: str, arguments: list[str]) -> None:
    said = masked(message)  # before JSON spells the signs that end a password in another way
    if "--json" in arguments:
        failure: dict[str, Any] = {"error": said, "kind": kind, "exit_code": exit_code}
        print(json.dumps(failure))  # noqa: T201
    else:
        typer.secho(f"recurcast: {in_terminal(said)}", fg=typer.colors.RED if sys.stderr.isatty() else None, err=True)
    sys.stdout.flush()
    # Libraries' threads (MLflow's, TensorFlow's) may not hold up an end that was already explained.
    os._exit(exit_code) if exit_code == _INTERRUPTED else sys.exit(exit_code)
