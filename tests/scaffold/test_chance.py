import numpy as np
import pytest
from scipy.stats import binom

from recurcast.scaffold.chance import chance_of, combined
from recurcast.scaffold.rhythm import guess_season

DRAWS = 60


def called(make, frequency, steps=None):
    """How many of the draws are called a cycle, of the right steps where they are given."""
    seasons = [guess_season({"a": make(np.random.default_rng(number))}, frequency) for number in range(DRAWS)]
    return sum(season.seen and steps in (None, season.steps) for season in seasons)


@pytest.mark.parametrize("cycles", [2, 4, 10])
@pytest.mark.parametrize(("frequency", "steps"), [("D", 7), ("MS", 12), ("h", 24), ("30min", 48), ("h", 168)])
def test_noise_and_random_walks_are_called_a_cycle_at_most_one_time_in_twenty(frequency, steps, cycles):
    most = binom.isf(0.001, DRAWS, 0.05)

    assert called(lambda draw: draw.normal(size=steps * cycles), frequency) <= most
    assert called(lambda draw: draw.normal(size=steps * cycles).cumsum(), frequency) <= most


@pytest.mark.parametrize("kind", ["counts", "heavy tails", "autocorrelated", "with gaps", "at opening hours"])
def test_other_kinds_of_noise_are_called_a_cycle_no_more_often(kind):
    def make(draw):
        noise = draw.normal(size=960)
        t = np.arange(960)
        if kind == "counts":
            return draw.poisson(0.3, size=960).astype(float)
        if kind == "heavy tails":
            return draw.standard_t(2, size=960)
        if kind == "autocorrelated":
            return np.convolve(noise, 0.7 ** np.arange(40))[:960]
        if kind == "with gaps":
            return np.where(draw.random(960) < 0.3, np.nan, noise)
        return np.where((t // 24 % 7 < 5) & (t % 24 >= 9) & (t % 24 < 17), noise, np.nan)

    assert called(make, "h") <= binom.isf(0.001, DRAWS, 0.05)


@pytest.mark.parametrize("cycles", [4, 10])
@pytest.mark.parametrize(("frequency", "steps"), [("D", 7), ("MS", 12), ("h", 24), ("30min", 48), ("h", 168)])
def test_a_cycle_as_strong_as_its_noise_is_found_from_four_times_on(frequency, steps, cycles):
    at = np.arange(steps * cycles) / steps

    def make(draw):
        return draw.normal(size=len(at)) + np.sqrt(2) * np.sin(2 * np.pi * (at + draw.uniform()))

    assert called(make, frequency, steps) >= binom.ppf(0.01, DRAWS, 0.9)


def test_a_cycle_is_found_in_a_series_that_wanders():
    draw = np.random.default_rng(5)
    walk = draw.normal(size=24 * 30).cumsum()
    day = walk.std() * np.sin(2 * np.pi * np.arange(len(walk)) / 24)

    assert chance_of(walk + day, 24) < 1e-9 < chance_of(walk, 24)


@pytest.mark.parametrize("values", [np.zeros(70), np.arange(70.0), np.full(70, 1e9), np.arange(13.0)])
def test_what_is_flat_or_straight_or_short_shows_nothing(values):
    assert chance_of(values, 7) == 1.0


def test_a_cycle_of_half_the_series_is_one_of_the_panel_and_a_cycle_of_one_in_twenty_is_not():
    draw = np.random.default_rng(6)
    noise = {str(number): draw.normal(size=140) for number in range(20)}
    week = np.tile([0, 0, 0, 0, 0, 4, 5.0], 20)

    some = {name: values + week * (int(name) < 12) for name, values in noise.items()}
    one = noise | {"0": noise["0"] + week}

    assert guess_season(some, "D").seen
    assert not guess_season(one, "D").seen
    assert combined([0.5, 0.001]) == 0.002
    assert combined([0.3, 0.001, 0.02]) == pytest.approx(0.03)
