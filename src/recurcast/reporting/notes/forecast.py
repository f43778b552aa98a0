"""A forecast in words."""

from collections.abc import Sequence

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.escaping import in_markdown
from recurcast.reporting.tables import markdown_table

_MOST_ROWS = 24


def forecast_note(
    pipeline: PipelineConfig, rows: pd.DataFrame, remarks: Sequence[str], n_rows: int | None = None
) -> str:
    """Return the description of a forecast's run: who forecast, and the first of `n_rows` rows on the source's wall clock."""
    unit = f" ({in_markdown(pipeline.unit)})" if pipeline.unit else ""
    numbers = [name for name in rows.columns if name.startswith("y_hat")]
    shown = rows.head(_MOST_ROWS)
    local = pd.to_datetime(shown["ds"], utc=True).dt.tz_convert(pipeline.source.timezone)
    table = [
        [in_markdown(str(name)), f"{time:%Y-%m-%d %H:%M}", *(f"{value:.5g}" for value in values)]
        for name, time, values in zip(shown["unique_id"], local, shown[numbers].to_numpy(), strict=True)
    ]
    more = (n_rows or len(rows)) - len(shown)
    said = [
        f"Forecast{unit} of version {rows['model_version'].iloc[0]}.",
        markdown_table(["series", f"time ({pipeline.source.timezone})", *numbers], table),
        f"{more} more in `forecast/forecast.csv`." if more else "",
        *map(in_markdown, remarks),
        "Charts: `forecast/forecast.png`, with `forecast/forecast.html` where the run has it.",
    ]
    return "\n\n".join(filter(None, said))
