import numpy as np

from recurcast.series.windows import cut
from recurcast.training.kinds import fit_seeds, refit
from support.tiny import panel_of, tiny_pipeline

PIPELINE = tiny_pipeline(
    season=4,
    parts={"history": 60, "validation": 20, "test": 20},
    windows={"lookback": 6, "horizon": 2},
    serving="refit",
)


def split_with(last: float):
    """A cycle of 100 steps, the newest value as given."""
    values = [*np.tile([0.0, 3.0, 1.0, -2.0], 25)[:-1], last]
    return cut(panel_of(values), PIPELINE.parts, PIPELINE.windows)


def test_a_plain_network_is_refitted_on_every_row_for_as_many_epochs_as_gave_the_judged_weights():
    usual, other = split_with(-2.0), split_with(50.0)
    judged, changed = (fit_seeds("rnn", PIPELINE, split)[0] for split in (usual, other))

    again = refit(judged, PIPELINE, usual)

    assert judged.weights_digest == changed.weights_digest  # the newest value is of the test part
    assert len(again.epochs) == again.kept == judged.kept
    assert again.weights_digest == refit(judged, PIPELINE, usual).weights_digest
    assert again.weights_digest != refit(judged, PIPELINE, other).weights_digest
