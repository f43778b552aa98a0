"""What exchanging an input between windows costs."""

import numpy as np

from recurcast.evaluation.importance import Input, importances


def windows(n: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Targets that are twice the first driver of their step, and a covariate and a second driver that say nothing."""
    random = np.random.default_rng(1)
    window, drivers = random.normal(size=(n, 6, 2)), random.normal(size=(n, 6 + 2, 2))
    return window, drivers, 2 * drivers[:, 6:, 0]


def twice_the_first(window: np.ndarray, drivers: np.ndarray | None) -> np.ndarray:
    assert drivers is not None
    return 2 * drivers[:, 6:, 0]


INPUTS = (Input("wind", covariates=(1,)), Input("warmth", drivers=(0,)), Input("tariff", drivers=(1,)))


def test_what_forecasts_hang_on_is_dear_and_what_they_do_not_read_costs_nothing() -> None:
    window, drivers, targets = windows()
    found = importances(twice_the_first, window, drivers, targets, INPUTS)
    assert (found.mae, found.windows) == (0.0, 40)
    assert found.inputs[0].name == "warmth"
    # The mean distance of two independent values of N(0, 4) is 4 / sqrt(pi).
    assert abs(found.inputs[0].mae - 4 / np.sqrt(np.pi)) < 0.4
    assert found.inputs[0].least <= found.inputs[0].mae <= found.inputs[0].most
    assert {each.name: each.mae for each in found.inputs[1:]} == {"wind": 0.0, "tariff": 0.0}


def test_given_arrays_stay_as_they_are_and_the_same_draws_give_the_same() -> None:
    window, drivers, targets = windows()
    before = window.copy(), drivers.copy()
    first, second = (importances(twice_the_first, window, drivers, targets, INPUTS) for _ in range(2))
    assert first == second
    np.testing.assert_array_equal(window, before[0])
    np.testing.assert_array_equal(drivers, before[1])


def test_of_very_many_windows_five_hundred_are_looked_at_and_masked_targets_count_nothing() -> None:
    window, drivers, targets = windows(800)
    targets[::2] = np.nan
    found = importances(twice_the_first, window, drivers, targets, INPUTS)
    assert found.windows == 500
    assert found.mae == 0.0


def test_covariates_alone_are_exchanged_where_nothing_is_known_ahead() -> None:
    window, _, _ = windows()
    found = importances(lambda given, _: given[:, -2:, 1], window, None, window[:, -2:, 1], (Input("wind", (1,)),))
    assert found.inputs[0].mae > 0.5


def test_what_an_input_costs_lies_within_its_draws_where_the_mean_of_equal_draws_would_round_out_of_them() -> None:
    alike = 0.9350724237877682
    assert np.mean([alike] * 5) < alike, "else this shows nothing"
    ones = np.ones((4, 6, 2))
    found = importances(lambda given, _: np.zeros((len(given), 1)), ones, None, np.full((4, 1), alike), INPUTS[:1])
    assert found.inputs[0].least <= found.inputs[0].mae <= found.inputs[0].most
