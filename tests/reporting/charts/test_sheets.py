from datetime import datetime, timedelta

import pytest
from matplotlib.figure import Figure

from recurcast.reporting.charts.sheets import label_time

BEGIN = datetime(2024, 3, 5, 7)


@pytest.mark.parametrize(("fewest", "most"), [(4, 7), (2, 4), (2, 3)])
@pytest.mark.parametrize(
    "span", [timedelta(minutes=100), timedelta(hours=3.7), timedelta(hours=80), timedelta(100), timedelta(600)]
)
def test_every_span_has_labels_at_whole_steps_and_matplotlib_warns_of_none(
    fewest: int, most: int, span: timedelta
) -> None:
    axes = Figure().subplots()
    label_time(axes, fewest, most)

    ticks = axes.xaxis.get_major_locator().tick_values(BEGIN, BEGIN + span)

    assert 1 <= len(ticks) <= most + 2
