import pandas as pd

from recurcast.reporting.notes.forecast import forecast_note
from support.tiny import AS_OF, tiny_pipeline


def test_names_and_units_of_a_user_break_no_table_and_are_no_html():
    rows = pd.DataFrame({"unique_id": "<b>a|b", "ds": pd.date_range(AS_OF, periods=1, freq="h"), "y_hat": 2.0})
    note = forecast_note(tiny_pipeline(unit="<i>"), rows.assign(model_version=7), ["series '<u>' was left out"])

    assert "| &lt;b&gt;a\\|b | 2024-06-01 00:00 | 2 |" in note
    assert "Forecast (&lt;i&gt;) of version 7." in note
    assert "series '&lt;u&gt;' was left out" in note


def test_a_forecast_says_its_version_and_its_first_rows_on_the_wall_clock():
    pipeline = tiny_pipeline(unit="MW", source={"kind": "file", "path": "a.csv", "timezone": "Europe/Berlin"})
    rows = pd.DataFrame({"unique_id": "a", "ds": pd.date_range(AS_OF, periods=30, freq="h"), "y_hat": 2.0})
    lines = forecast_note(pipeline, rows.assign(y_hat_lo_80=1.123456, model_version=7), ["a remark"]).splitlines()

    assert lines[0] == "Forecast (MW) of version 7."
    assert "| series | time (Europe/Berlin) | y_hat | y_hat_lo_80 |" in lines
    assert "| a | 2024-06-01 02:00 | 2 | 1.1235 |" in lines
    assert "6 more in `forecast/forecast.csv`." in lines
    assert "a remark" in lines
