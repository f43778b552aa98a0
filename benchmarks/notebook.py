"""The pipeline `notebook` beside a bare keras `fit` on the same arrays: does the final validation loss agree?

Both fit 784 train windows of 20 raw values and end with the loss of 196 validation windows: 50 units with relu, adam,
mse, batches of 32, 20 epochs, no early stopping, the last weights. A seed per round. The two shuffle differently, so
their losses differ for the same seed; the target is that the ranges of five seeds overlap.
"""

import statistics
import sys
from dataclasses import dataclass
from typing import Any

from measuring import ROOT, introduce, rounds_asked
from recurcast.config import CELLS, Cell, PipelineConfig
from recurcast.config.project import load_pipeline
from recurcast.instants import parse_instant
from recurcast.runs.train import Request
from recurcast.series.windows import Split

AS_OF = parse_instant("2024-03-01T00:00:00Z")


@dataclass(frozen=True)
class Losses:
    """Final validation losses of one cell, a value per seed."""

    ours: list[float]
    bare: list[float]

    @property
    def overlap(self) -> bool:
        """Return whether the two ranges have a point in common."""
        return max(min(self.ours), min(self.bare)) <= min(max(self.ours), max(self.bare))


def main() -> None:
    """Print both ranges per cell, and whether they overlap."""
    seeds = rounds_asked(__doc__, 5)
    pipeline = load_pipeline(ROOT, "notebook").pipeline
    split = _split(pipeline)
    introduce(
        f"notebook: final validation loss (mse, raw units), {seeds} seeds, "
        f"{len(split.train)} train and {len(split.validation)} validation windows"
    )
    print(f"{'cell':<6}{'recurcast: median (range)':<36}{'bare keras fit: median (range)':<36}ranges overlap")
    for cell in CELLS:
        losses = Losses([], [])
        for seed in range(seeds):
            losses.ours.append(_ours(cell, pipeline, split, seed))
            losses.bare.append(_bare(cell, pipeline, split, seed))
            print(f"  {cell}, seed {seed}", file=sys.stderr, flush=True)
        print(f"{cell:<6}{_shown(losses.ours):<36}{_shown(losses.bare):<36}{'yes' if losses.overlap else 'NO'}")


def _split(pipeline: PipelineConfig) -> Split:
    from recurcast.pipelines.stages import cut
    from recurcast.series.sources import obtain
    from recurcast.series.validation.checks import validate

    request = Request(pipeline, AS_OF, ROOT)
    return cut(request, validate(obtain(pipeline, AS_OF, ROOT), pipeline, AS_OF))


def _ours(cell: Cell, pipeline: PipelineConfig, split: Split, seed: int) -> float:
    from recurcast.training.fit import fit_cell

    training = pipeline.training.model_copy(update={"seed": seed})
    fitted = fit_cell(cell, pipeline.model_copy(update={"training": training}), split)
    assert fitted.kept == training.epochs, "the pipeline keeps the last weights of all epochs"
    return fitted.validation_loss


def _bare(cell: Cell, pipeline: PipelineConfig, split: Split, seed: int) -> float:
    import keras

    layer: Any = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    network, training = pipeline.network, pipeline.training
    keras.utils.set_random_seed(seed)
    bare = keras.Sequential(
        [
            keras.Input((split.train.lookback, 1)),
            layer(network.units, activation=network.activation),
            keras.layers.Dense(1),
        ]
    )
    bare.compile(keras.optimizers.Adam(training.learning_rate), "mse")
    history = bare.fit(
        split.train.inputs,
        split.train.targets,
        batch_size=training.batch_size,
        epochs=training.epochs,
        validation_data=(split.validation.inputs, split.validation.targets),
        verbose=0,
    )
    return float(history.history["val_loss"][-1])


def _shown(losses: list[float]) -> str:
    return f"{statistics.median(losses):.5f} ({min(losses):.5f} .. {max(losses):.5f})"


if __name__ == "__main__":
    main()
