"""A pass over the windows of a split: all of them at once, or those of a lake file by file.

train        files in an order that the seed draws, of each its windows in an order that the seed draws; an epoch is all
validate     files in the manifest's order; the loss is the mean over all windows

So the bits hang on the seed and on how the lake is packed, not on who fits, nor on how many files are there at a time.
"""

import numpy as np

from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.windows import Split
from recurcast.training.compiled.programs import Fit


def train_pass(fit: Fit, split: Split, learning_rate: float, random: np.random.Generator) -> float:
    """Return the mean loss of the train windows, each before the step that its batch makes."""
    if not isinstance(split, LakeSplit):
        return fit.train_epoch(random.permutation(split.train.starts), learning_rate)
    total = 0.0
    for number in random.permutation(np.flatnonzero(split.trained_on)).tolist():
        piece = split.piece(number)
        assert piece is not None, "a file with windows has rows"
        starts, of_file = random.permutation(piece.train.starts), fit.on(piece.panel)
        del piece
        total += of_file.train_epoch(starts, learning_rate) * len(starts)
        del of_file
    return total / split.n_train


def validation_pass(fit: Fit, split: Split) -> float:
    """Return the mean loss of the validation windows."""
    if not isinstance(split, LakeSplit):
        return fit.validate(split.validation.starts)
    total, count = 0.0, 0
    for piece in split.pieces():
        starts = piece.validation.starts
        if len(starts):
            total, count = total + fit.on(piece.panel).validate(starts) * len(starts), count + len(starts)
        del piece
    return total / count
