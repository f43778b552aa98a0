"""Which cells compete in a pipeline."""

import pytest

from recurcast.config import CELLS, PipelineConfig
from recurcast.errors import ConfigurationError
from recurcast.runs.fingerprint import fingerprint_of
from support.tiny import TINY, tiny_pipeline


def of_cells(*cells: str) -> PipelineConfig:
    return tiny_pipeline(network=TINY["network"] | {"cells": list(cells)})


def test_a_pipeline_that_names_none_has_the_usual_three_and_naming_them_changes_nothing() -> None:
    assert tiny_pipeline().network.cells == ("rnn", "lstm", "gru")
    stated, other = of_cells("gru", "rnn", "lstm"), of_cells("gru", "linear")
    assert fingerprint_of(stated, "data") == fingerprint_of(tiny_pipeline(), "data")
    assert fingerprint_of(other, "data") != fingerprint_of(tiny_pipeline(), "data")


def test_the_order_in_which_cells_are_named_means_nothing() -> None:
    assert of_cells("linear", "gru", "rnn") == of_cells("rnn", "linear", "gru")
    assert of_cells(*reversed(CELLS)).network.cells == tuple(CELLS)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["gru", "linaer"], "received 'linaer'. Did you mean 'linear'? Valid: rnn, lstm, gru"),
        (["gru", "gru"], r"each cell is named once; received ['gru', 'gru']"),
        ([], "at least 1 item"),
        ("gru", "valid tuple"),
    ],
)
def test_cells_that_are_unknown_doubled_or_none_are_refused(cells: object, message: str) -> None:
    with pytest.raises((ValueError, ConfigurationError)) as refused:
        tiny_pipeline(network={"cells": cells})
    assert message in str(refused.value)
