"""`recurcast backfill ...`: thin, as `cli` is."""

from typing import Annotated

import typer

from recurcast.cli.options import AsJson, ExecutorName, OnlyName, Verbose

backfill = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Run a stretch of the past.")

BackfillId = Annotated[
    str | None,
    typer.Argument(metavar="ID", help="The backfill, by the first letters of its id; the newest if left out."),
]
OnServer = Annotated[
    bool | None,
    typer.Option(
        "--on-server/--here", help="Where it runs; if left out, on the server that PREFECT_API_URL names, if any."
    ),
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="End with the first interval that fails.")]


@backfill.command("run")
def backfill_run(
    start: Annotated[
        str,
        typer.Option("--from", metavar="A", help="First instant, such as 2024-03-01; without zone, in the schedule's."),
    ],
    name: OnlyName = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="B", help="The range ends before it; now if left out.")
    ] = None,
    reprocess: Annotated[
        str, typer.Option(help="missing; failed: these too; stale: these too, whose inputs changed; all.")
    ] = "missing",
    order: Annotated[str, typer.Option(help="oldest or newest intervals first.")] = "oldest",
    limit: Annotated[int | None, typer.Option(metavar="N", help="Run at most so many intervals.")] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="30m", help="Run what fits, by the duration of past runs.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and run nothing.")] = False,
    fail_fast: FailFast = False,
    isolated: Annotated[
        bool, typer.Option("--isolated", help="Each interval as a run of the deployment, in a process of its own.")
    ] = False,
    concurrency: Annotated[int, typer.Option(metavar="N", help="Isolated intervals that run at once.")] = 1,
    on_server: OnServer = None,
    executor: ExecutorName = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Train the intervals of a range, oldest first; what is done is not done again, today's champion stays."""
    from recurcast.cli.commands.backfill import How, named_or_only, run_backfill
    from recurcast.scheduling.backfill import request_of

    name = named_or_only(name)
    request = request_of(name, start, end, reprocess, order, limit, budget, isolated=isolated, concurrency=concurrency)
    run_backfill(request, How(on_server, fail_fast, as_json, executor), dry_run=dry_run)


@backfill.command("status")
def backfill_status(wanted: BackfillId = None, as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Print how far a backfill is, and what became of its intervals."""
    from recurcast.cli.commands.backfill import show_status

    show_status(wanted, as_json=as_json)


@backfill.command("cancel")
def backfill_cancel(wanted: BackfillId = None, as_json: AsJson = False, verbose: Verbose = False) -> None:
    """End a backfill after the interval that is running; what is still to come is not run."""
    from recurcast.cli.commands.backfill import cancel_backfill

    cancel_backfill(wanted, as_json=as_json)


@backfill.command("resume")
def backfill_resume(
    wanted: BackfillId = None,
    fail_fast: FailFast = False,
    on_server: OnServer = None,
    executor: ExecutorName = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Go on with a backfill that was cancelled, killed, or had intervals that failed."""
    from recurcast.cli.commands.backfill import How, resume_backfill

    resume_backfill(wanted, How(on_server, fail_fast, as_json, executor))
