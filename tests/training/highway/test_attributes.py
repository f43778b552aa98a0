"""A highway that is told once what each series is, beside all else that may stand beside its windows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.config import CELLS
from recurcast.errors import DataRejected
from recurcast.forecasting.drivers import told_together, without_in
from recurcast.forecasting.forecast import forecast as forecast_newest
from recurcast.forecasting.forecast import horizon_of, predict_with
from recurcast.forecasting.newest import newest_windows
from recurcast.forecasting.portable.bundle import Bundle, read, write
from recurcast.forecasting.portable.frames import forecast_frame
from recurcast.forecasting.portable.network import forecast_windows, spreads
from recurcast.series.frame import SeriesFrame
from recurcast.series.overall import said_in
from recurcast.series.windows import Split
from recurcast.training.export import bundle_of
from recurcast.training.fit import FittedCell
from recurcast.training.highway import lesson
from recurcast.training.highway.attributes import with_attributes
from recurcast.training.highway.cells import fit_highway_seeds, refit_highway
from recurcast.training.highway.plan import plan_of
from recurcast.training.inference import forecast
from support.described import described_frame, described_pipeline, described_rows, described_split, write_described
from support.driven import HORIZON
from support.tiny import AS_OF

PIPELINE = described_pipeline(covariates=("wind",), training={"seeds": 2, "combine": "median"})


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("described")
    write_described(folder)
    return folder


@pytest.fixture(scope="module")
def split(root) -> Split:
    return described_split(root, PIPELINE)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    monkeypatch.setattr(lesson, "_FEWEST_STEPS", 20)
    monkeypatch.setattr(lesson, "_MOST_STEPS", 20)


@pytest.fixture(scope="module")
def fitted(split) -> dict[str, FittedCell]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lesson, "_MOST_STEPS", 20)
        patched.setattr(lesson, "_FEWEST_STEPS", 20)
        return {cell: fit_highway_seeds(cell, PIPELINE, split)[0] for cell in CELLS}


@pytest.fixture(scope="module")
def bundle(fitted, split, tmp_path_factory) -> Bundle:
    folder = tmp_path_factory.mktemp("bundle")
    write(bundle_of(PIPELINE, fitted["gru"].network, split, split.panel.grid), folder)
    return read(folder)


def forecast_of(bundle: Bundle, frame: SeriesFrame) -> pd.DataFrame:
    newest = newest_windows(frame, PIPELINE.checks, AS_OF, bundle.lookback, bundle.covariates, bundle.fewest)
    horizon = horizon_of(bundle, None, recursive=False)
    return forecast_newest(bundle, newest.panel, frame.grid, horizon, AS_OF, predict_with(bundle))


def history(root: Path) -> pd.DataFrame:
    """The source's rows, and behind them those that have no y yet, of what the series are as well."""
    heat = pd.read_csv(root / "heat.csv")
    said = described_rows()[["unique_id", "region", "area"]].drop_duplicates()
    y = pd.read_csv(root / "y.csv")[["unique_id", "ds", "y", "wind"]]
    return heat.merge(said, how="cross").merge(y, on=["unique_id", "ds"], how="left")


@pytest.mark.parametrize("cell", CELLS)
def test_keras_numpy_and_the_fitted_layers_forecast_the_same(cell, fitted, split) -> None:
    network, windows = fitted[cell].network, split.test
    bundle = bundle_of(PIPELINE, network, split, split.panel.grid)
    assert windows.calendar.shape[2] == 2 + 1 + 2 * 2  # hour, heat, number and code of both
    by_keras = forecast(network.forecaster, windows)
    scale = spreads(bundle, windows.inputs)[:, None]
    by_numpy = forecast_windows(bundle, windows.inputs, windows.calendar)
    assert np.isfinite(by_keras).all()
    assert (np.abs(by_keras - by_numpy) / scale).max() < 1e-5
    assert (np.abs(by_keras - network.core.forecast(windows)) / scale).max() < 1e-5


def test_numbers_are_standardised_and_names_get_a_place_each(fitted) -> None:
    facts = fitted["gru"].network.highway
    assert [len(codes) for codes in facts.attribute_codes] == [2, 0]
    assert facts.attribute_shares == ((0.5, 0.5), ())
    areas = 100.0 + 10 * np.arange(8)
    assert facts.attribute_mean == (0.0, pytest.approx(areas.mean()))
    assert facts.attribute_spread[1] == pytest.approx(areas.std())


def test_what_a_series_is_tells_what_heat_does_to_it(root, monkeypatch) -> None:
    monkeypatch.setattr(lesson, "_MOST_STEPS", 400)
    monkeypatch.setattr(lesson, "_FEWEST_STEPS", 400)

    def error_in_heat(static: tuple[str, ...]) -> float:
        pipeline = described_pipeline(static=static)
        split = described_split(root, pipeline)
        (cell,) = fit_highway_seeds("gru", pipeline, split)
        hot = split.test.calendar[:, -HORIZON:, 2] > 0
        return float(np.abs(cell.network.core.forecast(split.test) - split.test.targets)[hot].mean())

    # Ten more or ten less is the region's, which a window without heat does not show.
    assert error_in_heat(("region",)) < 0.8 * error_in_heat(())


def test_series_that_begin_after_the_train_part_change_no_statistics(split) -> None:
    facts, panel, end = plan_of(PIPELINE, split).facts, split.panel, split.validation_begins
    values = panel.values.copy()
    values[0, :end] = np.nan
    own = with_attributes(facts, said_in(replace(panel, values=values)), end, ())
    assert own.attribute_shares[0] == pytest.approx((3 / 7, 4 / 7))
    assert own.attribute_mean[1] == pytest.approx((100.0 + 10 * np.arange(1, 8)).mean())


def test_a_refit_takes_what_the_series_are_too(fitted, split) -> None:
    again = refit_highway(fitted["gru"], PIPELINE, split)
    assert again.network.highway.said == 3
    assert np.isfinite(forecast(again.network.forecaster, split.test)).all()


def test_a_history_frame_is_forecast_as_the_source_is(root, bundle) -> None:
    by_source, by_frame = forecast_of(bundle, described_frame(root, PIPELINE)), forecast_frame(bundle, history(root))
    np.testing.assert_allclose(by_source["y_hat"], by_frame["y_hat"], rtol=1e-9)


def test_the_order_and_number_of_series_do_not_matter(root, bundle) -> None:
    every, one = forecast_frame(bundle, history(root)), history(root).query("unique_id == 's3'")
    alone = forecast_frame(bundle, one.iloc[::-1])["y_hat"].to_numpy()
    np.testing.assert_allclose(alone, every.query("unique_id == 's3'")["y_hat"], rtol=1e-6)


def test_a_name_that_no_series_of_the_train_part_had_counts_as_the_average_and_is_told(root, bundle, tmp_path) -> None:
    rows = described_rows()
    rows.loc[rows["unique_id"] == "s1", "region"] = "west"
    rows.loc[rows["unique_id"] == "s2", "area"] = None
    write_described(tmp_path, rows)
    frame = described_frame(tmp_path, PIPELINE)
    windows = newest_windows(frame, PIPELINE.checks, AS_OF, bundle.lookback, bundle.covariates, bundle.fewest).panel
    assert told_together(bundle, without_in(bundle, windows)) == (
        "'region' is 'west', which no series of the train part had, of series 's1': forecast as the average one",
        "no 'area' is said of series 's2': forecast as the average one",
    )
    found = forecast_of(bundle, frame)
    assert np.isfinite(found["y_hat"]).all()
    same = found["unique_id"].isin(["s0", "s3"])
    np.testing.assert_allclose(
        found[same]["y_hat"], forecast_of(bundle, described_frame(root, PIPELINE))[same]["y_hat"], rtol=1e-6
    )


def test_numbers_of_some_series_and_names_of_others_are_refused_with_both(tmp_path) -> None:
    rows = described_rows().astype({"area": object})
    rows.loc[rows["unique_id"] == "s2", "area"] = "large"
    write_described(tmp_path, rows)
    with pytest.raises(DataRejected, match=r"'area' is a number .* 's2' has 'large', series 's0' has 100"):
        plan_of(PIPELINE, described_split(tmp_path, PIPELINE))


def test_numbers_that_are_names_are_taken_as_names(tmp_path) -> None:
    write_described(tmp_path)
    columns = {"unique_id": "unique_id", "static": ["region", "area"], "categories": ["area"], "covariates": ["wind"]}
    source = PIPELINE.source.model_dump() | {"columns": columns}
    facts = plan_of(described_pipeline(source=source), described_split(tmp_path, PIPELINE)).facts
    assert [len(codes) for codes in facts.attribute_codes] == [2, 8]


def test_a_history_without_the_columns_is_refused_with_their_names(root, bundle) -> None:
    with pytest.raises(ValueError, match=r"without region\. Add what is missing"):
        forecast_frame(bundle, history(root).drop(columns="region"))


def test_a_history_with_a_name_that_is_not_known_is_forecast_with_a_warning(root, bundle) -> None:
    rows = history(root)
    rows.loc[rows["unique_id"] == "s1", "region"] = "west"
    with pytest.warns(UserWarning, match=r"'region' of series 's1' is missing, or what no series .* \(1 of 8 series\)"):
        assert np.isfinite(forecast_frame(bundle, rows)["y_hat"]).all()
