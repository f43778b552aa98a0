"""`recurcast forecast`."""

from pathlib import Path
from typing import Annotated

import typer

from recurcast.cli.options import AsJson, OnlyName, Verbose


def forecast(
    name: OnlyName = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="T",
            help="Know nothing after this instant, and forecast with the champion as of then; without zone, in the schedule's.",
        ),
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(metavar="H", min=1, help="Steps ahead; by default those that were trained.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE.parquet|csv", help="Write here; by default where the pipeline says.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw what is known and what is forecast.")
    ] = None,
    flag: Annotated[
        bool, typer.Option("--flag", help="Also judge known points: which lie outside their interval?")
    ] = False,
    last: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="With --flag: how many known steps; by default the test part's."),
    ] = None,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="Read the light bundle: no MLflow, no TensorFlow, nothing recorded.")
    ] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Forecast what comes next with a pipeline's champion, from the newest window of every series."""
    from recurcast.cli.commands.forecast import ForecastWish, forecast_here

    wish = ForecastWish(name, as_of, horizon, output, plot, flag, last, bundle)
    forecast_here(wish, as_json=as_json)
