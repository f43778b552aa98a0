"""`recurcast champion`, `history`, `promote` and `rollback`: thin, as `cli` is."""

from typing import Annotated

import typer

from recurcast.cli.options import AsJson, Name, OnlyName, Verbose


def champion(
    name: OnlyName = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Who was champion then, such as 2024-03-01; without zone, in the schedule's."
        ),
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Tell who is champion of a pipeline or was at an instant, since when and why, and whether it can be used."""
    from recurcast.cli.commands.registry import show_champion

    show_champion(name, as_of, as_json=as_json)


def history(name: OnlyName = None, as_json: AsJson = False, verbose: Verbose = False) -> None:
    """List every verdict, promotion and rollback of a pipeline, in the order in which they count."""
    from recurcast.cli.commands.registry import show_history

    show_history(name, as_json=as_json)


def promote(
    name: Name,
    version: Annotated[int, typer.Argument(metavar="VERSION", help="The version that becomes champion.", min=1)],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stands in the history.")],
    expect: Annotated[
        str | None,
        typer.Option(metavar="V", help="Do nothing unless this version, or 'baseline', is champion; else whoever is."),
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Make a version champion by hand, whatever its verdict was; a bar on it is lifted."""
    from recurcast.cli.commands.registry import promote_version

    promote_version(name, version, reason, expect, as_json=as_json)


def rollback(
    name: Name,
    to: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Go back to this version, or 'baseline'; else to the champion before."),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stands in the history.")] = "",
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Go back to an earlier champion; the one that is left can't return until a person promotes it."""
    from recurcast.cli.commands.registry import roll_back_champion

    roll_back_champion(name, to, reason, as_json=as_json)
