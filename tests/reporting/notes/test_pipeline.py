from recurcast.reporting.notes.pipeline import experiment_note, model_note
from support.tiny import tiny_pipeline

DEMAND = tiny_pipeline(
    name="demand",
    description="Demand of a town.",
    unit="MW",
    source={"kind": "file", "path": "data/demand.csv", "columns": {"covariates": ["wind"]}},
    network={"units": 3, "calendar": ["hour"]},
)


def test_an_experiment_says_what_is_forecast_when_and_how_to_look_at_it():
    note = experiment_note(DEMAND, "`0 0 * * *` (UTC)", "Look [here](#/there).")

    # The page shows the first line alone until it is unfolded.
    assert note.splitlines()[0] == "Demand of a town."
    assert "Forecasts y (MW) of data/demand.csv: the next 2 steps of h from the last 12." in note
    assert "Schedule: `0 0 * * *` (UTC)." in note
    assert "Look [here](#/there)." in note
    assert "| `skill` |" in note
    assert "Schedule" not in experiment_note(DEMAND, "", "")


def test_texts_of_a_user_are_no_html_and_no_markdown():
    raw = "<img src=x onerror=alert(1)> [a](b) | c"
    source = {"kind": "file", "path": "<b>.csv", "columns": {"covariates": ["<i>"]}}
    pipeline = tiny_pipeline(description=raw, unit="<u>|", source=source)

    for note in (experiment_note(pipeline, "", ""), model_note(pipeline)):
        assert note.startswith("&lt;img src=x onerror=alert(1)&gt; \\[a\\](b) \\| c\n")
        assert not any(tag in note for tag in ("<img", "<b>", "<i>", "<u>"))


def test_a_registered_model_says_what_it_takes_and_gives_and_how_to_load_it():
    note = model_note(DEMAND)

    assert "`window`, float64 `(n, 12, 2)`: y in MW, then wind, oldest first" in note
    assert "`calendar`, float64 `(n, 14, 2)`: sine and cosine of hour" in note
    assert "**Gives** float64 `(n, 2)`: the next steps in MW." in note
    assert "models:/demand@champion" in note
    assert len(note) < 5000  # what MLflow keeps of a description
    assert "calendar" not in model_note(tiny_pipeline())
