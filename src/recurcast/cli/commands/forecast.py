"""`recurcast forecast`: through the registry, or from the light bundle."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from recurcast.cli.commands.stated import stated_as_of
from recurcast.cli.display.printing import print_table, say
from recurcast.config import CELLS
from recurcast.config.project import find_root, load_pipeline, only_pipeline
from recurcast.errors import ConfigurationError
from recurcast.forecasting.files import refuse_other_endings
from recurcast.forecasting.portable.bundle import folder_of, trained_as_of
from recurcast.instants import format_instant
from recurcast.pipelines.forecast import forecast_from_bundle, make_forecast
from recurcast.runs.forecast import ForecastRequest, ForecastResult, MadeForecast
from recurcast.scheduling.forecast import as_of_by_hand, as_of_without_schedule

Row = dict[str, Any]
_MOST_FLAGGED = 20


@dataclass(frozen=True)
class ForecastWish:
    """What was asked for on the command line."""

    name: str | None
    """None: the only pipeline of the project."""
    as_of: str | None
    horizon: int | None
    output: Path | None
    plot: Path | None
    flag: bool
    last: int | None
    bundle: bool


def forecast_here(wish: ForecastWish, *, as_json: bool) -> None:
    """Forecast in this process and print the frame, the flagged points and where both stand."""
    request = _request_of(wish)
    result = (forecast_from_bundle if wish.bundle else make_forecast)(request)
    if as_json:
        print(json.dumps(_plain(result)))  # noqa: T201
    else:
        _print(Console(), result)
        _tell_who_speaks(Console(stderr=True), result, "" if wish.name is None else f" {wish.name}")


def _request_of(wish: ForecastWish) -> ForecastRequest:
    refuse_other_endings(wish.output, (".parquet", ".csv"))
    refuse_other_endings(wish.plot, (".png",))
    if wish.last is not None and not wish.flag:
        raise ConfigurationError(
            f"--last says how many steps --flag judges; received {wish.last} without --flag. Add it."
        )
    root = find_root(Path.cwd())
    deployment = load_pipeline(root, wish.name or only_pipeline(root, "forecast"))
    pipeline, asked = deployment.pipeline, stated_as_of(wish.as_of, deployment)
    if wish.bundle:
        as_of = as_of_without_schedule(pipeline, asked, root, trained_as_of(folder_of(root, pipeline.name)))
    else:
        ticks = deployment.schedules if deployment.forecast_schedules is None else deployment.forecast_schedules
        as_of = as_of_by_hand(pipeline, ticks, asked, root)
    return ForecastRequest(
        pipeline,
        as_of,
        root,
        horizon=wish.horizon,
        flagging="yes" if wish.flag else "no",
        last=wish.last,
        output=wish.output,
        plot=wish.plot,
    )


def _print(console: Console, result: ForecastResult) -> None:
    made, request = result.made, result.request
    assert made is not None, "what a person asks for is made, or an error says why not"
    say(
        console,
        f"{request.pipeline.name} as of {format_instant(request.as_of)}: {result.forecaster}, {_version(result)}",
    )
    _print_forecast(console, made)
    if made.of_all is not None:
        say(console, f"and {made.n_rows - len(made.rows):,} more rows, of {made.n_series:,} series in all, in the file")
    if made.flags is not None:
        say(console, made.flags.headline)
        _print_flagged(console, made.flags.flagged)
    for remark in made.remarks:
        say(console, f"note: {remark}")
    if result.outcome == "already done":
        say(console, f"already done: MLflow run {result.run_id} has this forecast; the same is written again")
    elif result.run_id is not None:
        say(console, f"recorded in MLflow run {result.run_id}")
    for path in (result.file, result.flags_file, request.plot):
        if path is not None:
            say(console, f"written to {path}")


def _tell_who_speaks(console: Console, result: ForecastResult, name: str) -> None:
    """On stderr: whoever pipes the table on is told all the same."""
    if result.forecaster not in CELLS:
        say(
            console,
            f"note: nobody was champion at {format_instant(result.request.as_of)}, so this is what the baseline says, "
            f"{result.forecaster}, not a network. Every verdict and its reason: recurcast history{name}",
            "yellow",
        )


def _version(result: ForecastResult) -> str:
    return f"models:/{result.request.pipeline.name}/{result.version}"


def _print_forecast(console: Console, made: MadeForecast) -> None:
    levels = [column.removeprefix("y_hat_lo_") for column in made.rows.columns if column.startswith("y_hat_lo_")]
    shown = dict.fromkeys([*levels[:1], *levels[-1:]])  # a terminal has room for two; the file has all
    intervals = {f"{level}%": partial(_interval, level) for level in shown}
    print_table(console, {**_columns(["y_hat"]), **intervals}, _rows(made.rows), right=("y_hat", *intervals))


def _print_flagged(console: Console, flagged: pd.DataFrame) -> None:
    figures = ["y", "y_hat", "score"]
    newest = flagged.sort_values("ds").tail(_MOST_FLAGGED)
    if len(newest):
        print_table(console, _columns(figures), _rows(newest), right=figures)


def _columns(figures: list[str]) -> dict[str, Callable[[Row], Text]]:
    return {
        "series": lambda row: Text(str(row["unique_id"])),
        "time": lambda row: Text(format_instant(row["ds"])),
        **{name: partial(_figure, name) for name in figures},
    }


def _figure(name: str, row: Row) -> Text:
    return Text(f"{row[name]:.5g}")


def _interval(level: str, row: Row) -> Text:
    low, high = row[f"y_hat_lo_{level}"], row[f"y_hat_hi_{level}"]
    return Text("" if pd.isna(low) else f"{low:.5g} .. {high:.5g}")


def _plain(result: ForecastResult) -> dict[str, Any]:
    made, request = result.made, result.request
    assert made is not None, "what a person asks for is made, or an error says why not"
    flags = made.flags
    return {
        "pipeline": request.pipeline.name,
        "as_of": format_instant(request.as_of),
        "outcome": result.outcome,
        "forecaster": result.forecaster,
        "model_version": result.version,
        "run_id": result.run_id,
        "file": str(result.file),
        "plot": None if request.plot is None else str(request.plot),
        "remarks": list(made.remarks),
        "forecast": _records(made.rows),
        **({} if made.of_all is None else {"rows_in_file": made.n_rows, "series_in_file": made.n_series}),
        "flags": None
        if flags is None
        else {
            "level": flags.level,
            "judged": len(flags.rows),
            "unjudged": flags.unjudged,
            "file": str(result.flags_file),
            "flagged": _records(flags.flagged),
        },
    }


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{name: _value(value) for name, value in row.items()} for row in _rows(rows)]


def _rows(rows: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value)
    return None if pd.isna(value) else value
