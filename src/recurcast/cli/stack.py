"""`recurcast up`, `status`, `doctor`, `logs` and `down`: thin, as `cli` is."""

from typing import Annotated

import typer

from recurcast.cli.options import AsJson, Verbose


def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return once all is healthy; `down` stops it.")
    ] = False,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where both servers listen.")] = "127.0.0.1",
    mlflow_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Of MLflow's page; if taken, the next one.")
    ] = 5000,
    prefect_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Of Prefect's page; if taken, the next one.")
    ] = 4200,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let others reach what asks nobody for a password.")
    ] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Start MLflow's and Prefect's servers and a worker, deploy all pipelines, and stay until ctrl-c stops it all.

    What runs already is joined. Servers that PREFECT_API_URL and MLFLOW_TRACKING_URI name are used, never stopped.
    """
    from recurcast.cli.commands.up import start_stack
    from recurcast.stack.starting import Wish

    start_stack(Wish(host, mlflow_port, prefect_port, insecure), detach=detach, as_json=as_json)


def down(as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Stop what `up` started: runs that are going, the worker, both servers."""
    from recurcast.cli.commands.up import stop_stack

    stop_stack(as_json=as_json)


def status(
    fix: Annotated[bool, typer.Option("--fix", help="Close the runs that dead processes left running.")] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show how each part stands, what is scheduled, and where prefect.yaml and the server differ; 1 if not healthy."""
    from recurcast.cli.commands.status import show_status

    show_status(fix=fix, as_json=as_json)


def doctor(as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Check all that the project needs, here and on its servers, and say what to do; 1 if something failed.

    Servers reached, their versions, passwords, rights to write, clocks, time zones, work pools, workers, deployments, room.
    """
    from recurcast.cli.commands.doctor import show_checks

    show_checks(as_json=as_json)


def logs(
    part: Annotated[
        str | None, typer.Argument(metavar="PART", help="mlflow, prefect or worker; if left out, all.")
    ] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", metavar="N", min=1, help="How many of the last lines.")] = 40,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until ctrl-c.")] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show what the parts of the stack said."""
    from recurcast.cli.commands.logs import show_logs

    show_logs(part, lines, follow=follow, as_json=as_json)
