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


def test_heads_must_share_the_units_of_a_transformer_evenly() -> None:
    with pytest.raises(ValueError, match=r"received units 10 and heads 4\. Choose units that are a multiple of heads"):
        tiny_pipeline(network={"cells": ["gru", "transformer"], "units": 10, "heads": 4})
    assert tiny_pipeline(network={"cells": ["gru"], "units": 10, "heads": 4}).network.cells == ("gru",)
    usual = [tiny_pipeline(network={"units": units}).network.heads_of_units for units in (32, 12, 10, 7)]
    assert usual == [4, 4, 2, 1]
