"""The inputs of a champion, and what they are worth."""

from recurcast.forecasting.portable.bundle import Bundle
from recurcast.pipelines.explain import inputs_of


def test_inputs_stand_in_the_columns_that_the_network_sees() -> None:
    bundle = Bundle(
        *("heat", "gru", "h", "UTC", 0, 24, 6),
        covariates=("wind", "rain"),
        calendar=("hour", "holidays:DE-BY", "weekday"),
        ahead=("warmth",),
    )
    found = {each.name: (each.covariates, each.drivers) for each in inputs_of(bundle)}
    assert found == {
        "wind": ((1,), ()),
        "rain": ((2,), ()),
        "hour": ((), (0, 1)),
        "holidays:DE-BY": ((), (2, 3, 4)),
        "weekday": ((), (5, 6)),
        "warmth": ((), (7,)),
    }


def test_a_network_of_y_alone_has_none() -> None:
    assert inputs_of(Bundle("heat", "gru", "h", "UTC", 0, 24, 6)) == ()
