"""The command line: thin. Heavy libraries are imported by the command that needs them."""

import json
import os
import sys
import traceback
from typing import Annotated, Any

import typer

from recurcast.errors import ConfigurationError, RecurcastError

app = typer.Typer(
    name="recurcast",
    help="Scheduled training of recurrent forecasters: SimpleRNN, LSTM and GRU, judged honestly, recorded in MLflow.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The pipeline, as `recurcast pipelines` lists it.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the libraries say, and tracebacks.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]


@app.command()
def run(
    name: Name,
    as_of: Annotated[
        str | None, typer.Option(metavar="T", help="Know nothing after this instant, such as 2024-03-01T00:00:00Z.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH.TO.FIELD=VALUE", help="Change a field for this run; implies --no-promote."),
    ] = None,
    promote: Annotated[
        bool | None, typer.Option("--promote/--no-promote", help="Whether the best cell may become champion.")
    ] = None,
    on_server: Annotated[bool, typer.Option("--on-server", help="Submit the deployment and follow its run.")] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Train one interval of a pipeline here and now: three cells, judged beside champion and baselines."""
    from recurcast.commands.running import run_here, run_on_server

    promotes = not settings if promote is None else promote
    command = run_on_server if on_server else run_here
    command(name, as_of, settings or [], promotes=promotes, as_json=as_json, verbose=verbose)


@app.command()
def pipelines(as_json: AsJson = False, verbose: Verbose = False) -> None:
    """List the pipelines of prefect.yaml with their schedules."""
    from recurcast.commands.listing import list_pipelines

    list_pipelines(as_json=as_json)


@app.command()
def deploy(as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Create the work pool and all deployments on Prefect's server; what a person paused stays paused."""
    from recurcast.commands.deploying import deploy_all

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
    arguments = sys.argv[1:]
    verbose = bool({"-v", "--verbose"} & set(arguments))
    _prepare(verbose=verbose)
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except KeyboardInterrupt:
        _fail("stopped by ctrl-c; the MLflow run is marked KILLED", 130, "interrupted", arguments)
    except Exception as error:
        if verbose:
            traceback.print_exc()
        _fail(*_explained(error), type(error).__name__, arguments)


def _prepare(*, verbose: bool) -> None:
    from recurcast import environment

    environment.prepare()
    if not verbose:
        environment.silence()


def _explained(error: Exception) -> tuple[str, int]:
    if isinstance(error, RecurcastError):
        return str(error), error.exit_code
    format_message = getattr(error, "format_message", None)
    if format_message is not None:
        return f"{format_message()} Try `recurcast --help`.", ConfigurationError.exit_code
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first}. Run again with -v to see where.", 1


def _fail(message: str, exit_code: int, kind: str, arguments: list[str]) -> None:
    if "--json" in arguments:
        failure: dict[str, Any] = {"error": message, "kind": kind, "exit_code": exit_code}
        print(json.dumps(failure))  # noqa: T201
    else:
        typer.secho(f"recurcast: {message}", fg=typer.colors.RED if sys.stderr.isatty() else None, err=True)
    sys.stdout.flush()
    # Libraries' threads (MLflow's, TensorFlow's) may not hold up an end that was already explained.
    os._exit(exit_code) if exit_code == 130 else sys.exit(exit_code)
