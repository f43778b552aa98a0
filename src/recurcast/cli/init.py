"""`recurcast init`: thin, as `cli` is."""

from pathlib import Path
from typing import Annotated

import typer

from recurcast.cli.options import AsJson, Verbose


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the project is written; new or empty.")],
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Your series: CSV, Parquet, .xlsx and more; copied to data/. Without it: the sine."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The pipeline; by default as the file is called.")
    ] = None,
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help="What is forecast.")] = None,
    time: Annotated[str | None, typer.Option(metavar="COLUMN", help="When; DATE+HOUR joins two.")] = None,
    series: Annotated[
        str | None, typer.Option("--id", metavar="COLUMN", help="Which series, where the file holds several.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Of times that state none, such as Europe/Amsterdam; by default UTC."),
    ] = None,
    horizon: Annotated[int | None, typer.Option(metavar="H", min=1, help="How many steps ahead.")] = None,
    decimal: Annotated[
        str | None,
        typer.Option(metavar="SIGN", help="The file's decimal sign, '.' or ','; by default as the data show."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="Which sheet of a workbook.")] = None,
    step: Annotated[
        str | None, typer.Option(metavar="FREQ", help="Of JSON lines that say where a series starts, and no more.")
    ] = None,
    day_first: Annotated[
        bool | None,
        typer.Option(
            "--day-first/--month-first", help="Of dates such as 01/02/2024; by default what makes them regular."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write the project without asking.")] = False,
    keep_values: Annotated[
        bool, typer.Option("--keep-values", help="Take values such as -999, far off the rest, as they are.")
    ] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Write a project of your own: columns, frequency, season and sizes are guessed from the file, shown and asked about."""
    from recurcast.cli.commands.init import init_project
    from recurcast.scaffold.guess import Said

    said = Said(target, time, series, timezone, horizon, decimal, sheet, step, day_first, keep_values)
    init_project(folder, csv, name, said, asks=not yes, as_json=as_json)
