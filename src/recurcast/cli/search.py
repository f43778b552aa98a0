"""`recurcast search ...`: thin, as `cli` is; `recurcast search NAME` is short for `recurcast search run NAME`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from recurcast.cli.options import AsJson, AsOf, ExecutorName, OnlyName, Verbose


class _RunsWhatIsNamed(TyperGroup):
    """Takes what is no command of its own for the name of a pipeline to search."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "--help" not in args[:1] and (not args or args[0] not in self.commands):
            args = ["run", *args]
        return super().parse_args(ctx, args)


search = typer.Typer(
    cls=_RunsWhatIsNamed,
    rich_markup_mode=None,
    help="Search for better settings of a pipeline: `recurcast search NAME` is `recurcast search run NAME`.",
)

SearchId = Annotated[str, typer.Argument(metavar="ID", help="The search, by the first letters of its id.")]


@search.command("run")
def search_run(
    name: OnlyName = None,
    trials: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many settings are tried; search.trials if left out.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="1h", help="Begin no further trial after so long; search.budget if left out.")
    ] = None,
    cells: Annotated[
        str | None, typer.Option(metavar="gru,lstm", help="Which cells; search.cells if left out.")
    ] = None,
    as_of: AsOf = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the search; search.seed if left out.")] = None,
    workers: Annotated[int, typer.Option(metavar="N", min=1, max=64, help="How many processes share the trials.")] = 1,
    executor: ExecutorName = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Try settings at instants in the past, judge the best at later ones, and propose it; nothing is promoted."""
    from recurcast.cli.commands.search import Wish, search_here

    stated: dict[str, Any] = {"trials": trials, "budget": budget, "seed": seed}
    stated["cells"] = None if cells is None else [each.strip() for each in cells.split(",")]
    wish = Wish(name, as_of, {field: value for field, value in stated.items() if value is not None}, workers, executor)
    search_here(wish, as_json=as_json)


@search.command("list")
def search_list(name: OnlyName = None, as_json: AsJson = False, verbose: Verbose = False) -> None:
    """List the searches of a pipeline, or of all, the newest first: how each ended, and what is told of its winner."""
    from recurcast.cli.commands.search_list import list_searches

    list_searches(name, as_json=as_json)


@search.command("accept")
def search_accept(
    wanted: SearchId,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also a winner that did not win, or over settings that changed meanwhile.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show what a search proposes as a change of prefect.yaml with its evidence, and write it; nothing is promoted."""
    from recurcast.cli.commands.search_accept import accept_search

    accept_search(wanted, anyway=anyway, dry_run=dry_run, as_json=as_json)


@search.command("show")
def search_show(
    wanted: SearchId,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write here; by default data/NAME/search-ID.html.")
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Write one page about a search that opens anywhere: trials, settings, importances, how much of the best score is luck."""
    from recurcast.cli.commands.search_show import show_search

    show_search(wanted, output, as_json=as_json)
