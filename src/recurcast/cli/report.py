"""`recurcast report`."""

from pathlib import Path
from typing import Annotated

import typer

from recurcast.cli.options import AsJson, OnlyName, Verbose


def report(
    name: OnlyName = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write here; by default data/NAME/report.html.")
    ] = None,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="Of how many runs, the newest.")] = 400,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Write one page about a pipeline that opens anywhere: champions, track record, last forecast, data, intervals."""
    from recurcast.cli.commands.report import write_report

    write_report(name, output, last, as_json=as_json)
