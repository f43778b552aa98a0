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
            metavar="FILE", help="Your series, CSV or Parquet; copied to data/. Without it: the generated sine."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The pipeline; by default as the file is called.")
    ] = None,
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help="What is forecast.")] = None,
    time: Annotated[str | None, typer.Option(metavar="COLUMN", help="When.")] = None,
    series: Annotated[
        str | None, typer.Option("--id", metavar="COLUMN", help="Which series, where the file holds several.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Of times that state none, such as Europe/Amsterdam; by default UTC."),
    ] = None,
    horizon: Annotated[int | None, typer.Option(metavar="H", min=1, help="How many steps ahead.")] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Write a project of your own: columns, frequency, season and sizes are guessed from the file, and said."""
    from recurcast.cli.commands.init import init_project
    from recurcast.scaffold.guess import Said

    init_project(folder, csv, name, Said(target, time, series, timezone, horizon), as_json=as_json)
