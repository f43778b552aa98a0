import pytest

from recurcast.config import NetworkConfig, TrainingConfig
from recurcast.training.compiled import choice as compilation
from recurcast.training.compiled.choice import Program, program_for, threads_for


@pytest.fixture(autouse=True)
def _borders_to_count_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation, "_STEPS_THAT_PAY", 12)
    monkeypatch.setattr(compilation, "_PRODUCT_THAT_PAYS", 4 * 3**2)


def program_of(
    lookback: int, n_windows: int, batch_size: int, epochs: int, layers: int = 1, units: int = 2, draws: bool = False
) -> str:
    network, settings = NetworkConfig(layers=layers, units=units), TrainingConfig(batch_size=batch_size, epochs=epochs)
    return program_for(network, settings, lookback, n_windows, draws=draws)


@pytest.mark.parametrize(
    ("lookback", "layers", "n_windows", "epochs", "program"),
    [
        (3, 1, 8, 2, "compiled"),  # 2 epochs of 2 batches of 3 steps
        (3, 1, 8, 1, "graph"),
        (11, 1, 4, 1, "graph"),
        (12, 1, 4, 1, "compiled"),
        (3, 1, 7, 2, "compiled"),  # the last batch counts, full or not
        (3, 1, 4, 2, "graph"),
        (3, 2, 4, 2, "compiled"),  # so does each layer
    ],
)
def test_a_fit_is_compiled_from_so_many_steps_in_time_on(
    lookback: int, layers: int, n_windows: int, epochs: int, program: str
) -> None:
    assert program_of(lookback, n_windows, 4, epochs, layers) == program


def test_windows_that_fill_no_batch_are_never_worth_it() -> None:
    assert program_of(1000, 31, 32, 100_000) == "graph"
    assert program_of(1000, 32, 32, 100_000) != "graph"


def test_batches_are_halved_where_their_products_are_large_and_the_halves_are_alike() -> None:
    assert program_of(12, 4, 4, 1, units=2) == "compiled"
    assert program_of(12, 4, 4, 1, units=3) == "halves"
    assert program_of(12, 5, 5, 1, units=3) == "compiled"
    assert program_of(12, 4, 4, 1, units=3, draws=True) == "compiled"
    assert program_of(11, 4, 4, 1, units=3) == "graph"


@pytest.mark.parametrize(("fits", "expected"), [(1, (2, 1, 1)), (3, (3, 3, 1)), (15, (4, 4, 1))])
def test_two_halves_have_a_thread_each_and_so_have_compiled_fits_that_may_be_under_way_at_once(
    fits: int, expected: tuple[int, int, int]
) -> None:
    kinds: tuple[Program, ...] = ("halves", "compiled", "graph")
    assert tuple(threads_for(kind, fits, processors=4) for kind in kinds) == expected
