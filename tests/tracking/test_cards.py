"""What MLflow has of runs that are shown elsewhere, in a real store; the runs are recorded without training."""

import struct
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from recurcast.runs.train import Request
from recurcast.tracking.artifacts import COMPARISON_CHART
from recurcast.tracking.cards import failed_run, recorded_run
from recurcast.tracking.runs import parent_run
from recurcast.tracking.store import connect
from support.recorded import kept_run, version_of
from support.tiny import AS_OF, tiny_pipeline


def test_a_run_is_shown_with_its_version_its_chart_made_small_and_whether_there_is_a_report(tmp_path):
    store, pipeline = connect(tmp_path), tiny_pipeline()
    chart = BytesIO()
    Image.new("RGB", (200, 100), "white").save(chart, "PNG")
    run = kept_run(store, pipeline, AS_OF)
    run.file(chart.getvalue(), COMPARISON_CHART)
    version = version_of(run, pipeline, AS_OF, "keep")

    shown = recorded_run(store, run.run_id)

    assert (shown.pipeline, shown.experiment_id, shown.run_id) == ("tiny", run.experiment_id, run.run_id)
    assert (shown.name, shown.version, shown.report) == ("2024-06-01T00:00:00Z", version, False)
    assert struct.unpack(">II", shown.plot[16:24]) == (200, 100)


def test_the_run_that_failed_is_the_newest_of_its_interval_and_before_any_there_is_none(tmp_path):
    store, pipeline = connect(tmp_path), tiny_pipeline()
    assert failed_run(store, "tiny", AS_OF) is None

    def fail(as_of):
        with parent_run(store, Request(pipeline, as_of, tmp_path)) as run:
            run.text("{}", "validation/report.html")
            raise ValueError(run.run_id)

    told = []
    for as_of in (AS_OF, AS_OF, AS_OF + timedelta(hours=1)):
        with pytest.raises(ValueError, match=r"^[0-9a-f]{32}$") as failure:
            fail(as_of)
        told.append(str(failure.value))
    kept_run(store, pipeline, AS_OF)

    shown = failed_run(store, "tiny", AS_OF)

    assert (shown.run_id, shown.version, shown.report, shown.plot) == (told[1], None, True, None)
