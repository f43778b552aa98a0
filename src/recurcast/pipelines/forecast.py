"""The champion's forecast of a pipeline, from the request to its files: through the registry, or from a light bundle."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.executors.seam import in_order_at
from recurcast.forecasting.files import beside, forecast_file, write_frame, write_whole
from recurcast.forecasting.forecast import Predict, predict_with
from recurcast.forecasting.portable.bundle import Bundle, folder_of
from recurcast.forecasting.portable.bundle import read as read_bundle
from recurcast.forecasting.portable.network import refuse_other_kinds
from recurcast.forecasting.spool import MOST_SHOWN, Spool
from recurcast.instants import format_instant, parse_instant
from recurcast.pipelines.made_forecast import made_of
from recurcast.runs.forecast import ForecastOutcome, ForecastRequest, ForecastResult, MadeForecast
from recurcast.series.frame import SeriesFrame
from recurcast.series.lake.scanning import digest_in, obtain_by_file, reaching
from recurcast.series.sources import obtain

if TYPE_CHECKING:
    from recurcast.tracking.store import Store


def make_forecast(request: ForecastRequest) -> ForecastResult:
    """Return the forecast of the champion as of as_of, written and recorded in MLflow; a second one is the first again.

    Raises DataRejected where the newest rows break a rule or a window has a gap, ConfigurationError where there is no
    champion yet or the horizon is too long, StoreUnavailable where MLflow can't be used.
    """
    if request.superseded:
        return ForecastResult(request, "superseded", request.superseded)
    _file_of(request)  # before anything is computed and recorded
    frame = _obtained(request)
    if request.trigger == "schedule" and not frame.has_news_since(request.previous):
        return ForecastResult(request, "no new data", "no new row since the previous tick")
    from recurcast.tracking.registry.serving import judged_bundle, predict_as_served, serving_bundle
    from recurcast.tracking.store import connect

    store = connect(request.root)
    with TemporaryDirectory() as folder:
        bundle = serving_bundle(store, request.pipeline, request.as_of, frame.grid, Path(folder))
        predict = predict_as_served(store, bundle, Path(folder))
        judged = None if request.flagging == "no" else judged_bundle(store, bundle, Path(folder))
    with Spool() as spool:
        return _recorded(store, request, _as_far(request, frame, bundle), bundle, predict, judged, spool)


def forecast_from_bundle(request: ForecastRequest) -> ForecastResult:
    """Return the forecast of the pipeline's light bundle, written but not recorded: without MLflow or TensorFlow.

    Raises as `make_forecast`, RecurcastError where the bundle is missing or damaged, and ConfigurationError where it was
    trained after as_of or is of a cell that needs TensorFlow.
    """
    name = request.pipeline.name
    try:
        bundle = read_bundle(folder_of(request.root, name))
    except ValueError as error:
        raise RecurcastError(f"{error} Without --bundle the registry's champion forecasts.") from error
    if bundle.as_of is not None and parse_instant(bundle.as_of) > request.as_of:
        raise ConfigurationError(
            f"a forecast at {format_instant(request.as_of)} is made by the champion as of then; the bundle's was trained as "
            f"of {bundle.as_of} and knows more. Without --bundle the registry's champion of that time forecasts."
        )
    try:
        refuse_other_kinds(bundle)
    except ValueError as error:
        raise ConfigurationError(f"{error} Without --bundle the registry's champion forecasts.") from error
    frame = _as_far(request, _obtained(request), bundle)
    with Spool() as spool:
        made = made_of(request, frame, bundle, predict_with(bundle), spool)
        return _written(request, frame, bundle, made, "forecast", spool)


def _obtained(request: ForecastRequest) -> SeriesFrame:
    """The frame of what is known; of a lake file by file, where windows end at as_of."""
    by_file = None
    if request.pipeline.parts.align == "as_of":
        by_file = obtain_by_file(request.pipeline, request.as_of, request.root, in_order_at(request.root))
    return by_file or obtain(request.pipeline, request.as_of, request.root)


def _as_far(request: ForecastRequest, frame: SeriesFrame, bundle: Bundle) -> SeriesFrame:
    """The frame with what is known ahead of all steps that are forecast, which may be more than the pipeline trains for."""
    wanted = request.horizon or bundle.horizon
    if not bundle.ahead or frame.ahead is None or wanted <= request.pipeline.windows.horizon:
        return frame
    return reaching(frame, request.pipeline, request.as_of, request.root, wanted)


def _recorded(
    store: "Store",
    request: ForecastRequest,
    frame: SeriesFrame,
    bundle: Bundle,
    predict: Predict,
    judged: Bundle | None,
    spool: Spool,
) -> ForecastResult:
    """The forecast as an earlier run recorded it, or recorded now. It is made anyway: that is cheap, and checks all."""
    from recurcast.tracking.forecast import ForecastKey, log_forecast, recorded_forecast, recorded_run

    pipeline = request.pipeline
    assert bundle.version is not None, "what the registry serves has a version"
    made = made_of(request, frame, bundle, predict, spool, judged, in_order_at(request.root))
    steps = 0 if made.flags is None else request.judged_steps
    digest = digest_in(frame)
    frame = _shown(frame, made)
    key = ForecastKey(request.as_of, bundle.version, digest, request.horizon or bundle.horizon, steps)
    if made.of_all is not None:  # more than should be read again: the same, as it depends on the key alone
        found = recorded_run(store, pipeline.name, key)
        run_id = found or log_forecast(store, pipeline, key, request.trigger, made, frame, spool.write)
        return _written(request, frame, bundle, made, "already done" if found else "forecast", spool, run_id)
    earlier = recorded_forecast(store, pipeline.name, key)
    if earlier is not None:
        return _written(request, frame, bundle, earlier.made, "already done", spool, earlier.run_id)
    run_id = log_forecast(store, pipeline, key, request.trigger, made, frame)
    return _written(request, frame, bundle, made, "forecast", spool, run_id)


def _shown(frame: SeriesFrame, made: MadeForecast) -> SeriesFrame:
    """The frame that charts show; of one whose rows lie in files the first series, which are all that are drawn."""
    if len(frame.rows) == frame.n_rows:
        return frame
    return frame.only(frozenset(str(name) for name in made.rows["unique_id"].unique()[:MOST_SHOWN]))


def _file_of(request: ForecastRequest) -> Path:
    return request.output or forecast_file(request.pipeline, request.root, request.as_of)


def _written(
    request: ForecastRequest,
    frame: SeriesFrame,
    bundle: Bundle,
    made: MadeForecast,
    outcome: ForecastOutcome,
    spool: Spool,
    run_id: str | None = None,
) -> ForecastResult:
    """What became of the request, once its files are written."""
    file = _file_of(request)
    if made.of_all is None:
        write_frame(made.rows, file)
    else:
        spool.write(file)
    if made.flags is not None:
        write_frame(made.flags.rows, beside(file))
    if request.plot is not None:
        from recurcast.reporting.charts import flags_chart, outlook_chart, png_of

        chart = outlook_chart(request.pipeline, made.rows, _shown(frame, made).rows, n_series=made.n_series)
        write_whole(png_of(chart), request.plot)
        if made.flags is not None:
            write_whole(png_of(flags_chart(request.pipeline, made.flags.rows)), beside(request.plot))
    flags_file = None if made.flags is None else beside(file)
    return ForecastResult(request, outcome, "", bundle.kind, bundle.version, made, file, flags_file, run_id)
