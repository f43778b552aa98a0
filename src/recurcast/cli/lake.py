"""`recurcast lake ...`: thin, as `cli` is."""

from pathlib import Path
from typing import Annotated

import typer

from recurcast.cli.options import AsJson, Verbose

lake = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Panels that are larger than memory.")


@lake.command("pack")
def lake_pack(
    packed: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FOLDER",
            help="A pipeline, whose file or folder is read as it says; or a folder with columns unique_id, ds and y.",
        ),
    ],
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="The lake's folder: new, or empty.")],
    files: Annotated[
        int, typer.Option(metavar="N", min=1, max=4096, help="How many files; each is read whole, a series in one.")
    ] = 64,
    covariates: Annotated[
        list[str] | None,
        typer.Option("--covariate", metavar="COLUMN", help="Of a folder: a further column of numbers."),
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Rewrite series into Parquet files by hash of the series, each whole in one of them, in bounded memory."""
    from recurcast.cli.commands.lake import pack_lake

    pack_lake(packed, to, files, tuple(covariates or ()), as_json=as_json)
