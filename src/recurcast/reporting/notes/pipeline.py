"""A pipeline in words: its experiment and its registered model."""

from recurcast.config import PipelineConfig
from recurcast.escaping import in_markdown
from recurcast.masking import masked
from recurcast.reporting.notes.glossary import GLOSSARY
from recurcast.series.attributes import FORMS
from recurcast.series.calendar import columns_of
from recurcast.series.days import kind_of


def experiment_note(pipeline: PipelineConfig, schedule: str, views: str) -> str:
    """Return the description of a pipeline's experiment; `views` is what links to ways of looking at its runs."""
    said = [
        _headline(pipeline),
        what_is_forecast(pipeline),
        f"Schedule: {schedule}." if schedule else "",
        "**A run is one interval**, named by its `as_of`: it knew nothing later. Below it stand its cells: "
        f"{', '.join(f'`{cell}`' for cell in pipeline.network.cells)}. Its dot says the verdict: dark *promote*, grey *keep*, "
        "orange *reject*; light blue are "
        "forecasts, backfills and searches, which decide nothing. The verdict with its reason and the leaderboard is the "
        "description of each run, charts are among its artifacts.",
        views,
        GLOSSARY,
    ]
    return "\n\n".join(filter(None, said))


def model_note(pipeline: PipelineConfig) -> str:
    """Return the description of a pipeline's registered model."""
    name, windows = pipeline.name, pipeline.windows
    unit = f" in {in_markdown(pipeline.unit)}" if pipeline.unit else ""
    covariates = _covariates(pipeline)
    inputs = f"`window`, float64 `(n, {windows.lookback}, {1 + len(covariates)})`: y{unit}"
    inputs += f", then {', '.join(covariates)}" if covariates else ""
    inputs += ", oldest first"
    entries, ahead = pipeline.network.calendar, pipeline.source.ahead
    attributes = pipeline.source.attributes
    if entries or ahead or attributes:
        steps = pipeline.seen.lookback + windows.horizon
        columns = columns_of(entries) + len(ahead) + FORMS * len(attributes)
        told = ([_calendar(entries)] if entries else []) + list(map(in_markdown, ahead))
        told += [f"number and code of {in_markdown(name)}" for name in attributes]
        inputs += f"; `calendar`, float64 `(n, {steps}, {columns})`: {', then '.join(told)}"
    said = [
        _headline(pipeline),
        what_is_forecast(pipeline),
        "The alias **champion** is the version in charge. A version is the best cell of one run, promoted or not: its tags "
        "say `as_of`, `cell` and `decision`, its description why. The tags `history.…` below are the verdicts and the "
        f"decisions by hand from which the champion of any instant is derived: `recurcast history {name}` shows them, "
        "please leave them as they are.",
        f"**Takes** {inputs}. **Gives** float64 `(n, {windows.horizon})`: the next steps{unit}.",
        f"```python\nimport mlflow\n\nnetwork = mlflow.pyfunc.load_model('models:/{name}@champion')\n"
        "print(network.predict(window))\n```",
        f"Serve it: `mlflow models serve -m models:/{name}@champion --env-manager local`. The version's tag `frame_model` is "
        "the address of a second form, which takes a history (`unique_id`, `ds`, `y`) and returns the forecast with its "
        f"intervals, without TensorFlow. On the command line: `recurcast forecast {name}`.",
    ]
    return "\n\n".join(filter(None, said))


def _calendar(entries: tuple[str, ...]) -> str:
    cycles = ", ".join(entry for entry in entries if not kind_of(entry))
    told = {
        "holidays": "a holiday, the day before one, the day after one",
        "sessions": "a session",
        "days": "in the file",
    }
    days = [f"{in_markdown(entry)} ({told[kind_of(entry)]})" for entry in entries if kind_of(entry)]
    return "; ".join(filter(None, (f"sine and cosine of {cycles}" if cycles else "", *days)))


def what_is_forecast(pipeline: PipelineConfig) -> str:
    """Return one sentence: of what, how far, from how much."""
    windows = pipeline.windows
    unit = f" ({in_markdown(pipeline.unit)})" if pipeline.unit else ""
    step = f" of {pipeline.frequency}" if pipeline.frequency else ""
    ahead = "the next step" if windows.horizon == 1 else f"the next {windows.horizon} steps"
    where = in_markdown(masked(pipeline.source.told))
    return f"Forecasts y{unit} of {where}: {ahead}{step} from the last {windows.lookback}."


def _headline(pipeline: PipelineConfig) -> str:
    """What the page shows where it has room for one line only."""
    return in_markdown(pipeline.description) or f"Pipeline {pipeline.name}."


def _covariates(pipeline: PipelineConfig) -> tuple[str, ...]:
    return tuple(in_markdown(name) for name in pipeline.source.covariates)
