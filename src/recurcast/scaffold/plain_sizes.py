"""Sizes of a plain network, which sees covariates: what two cores train in about a minute."""

from dataclasses import dataclass

from recurcast.config import TrainingConfig

_WINDOW_STEPS = 240_000  # train windows x lookback: about a minute for three cells of 32 units and 20 epochs
_ORIGINS = 24  # that the test part keeps where windows are strided; the gate wants 10


@dataclass(frozen=True)
class PlainTraining:
    """The newest steps that are trained on, and how."""

    history: int
    stride: int
    windows: int
    units: int
    training: TrainingConfig


def plain_training(series: int, available: int, season: int, lookback: int, horizon: int, test: int) -> PlainTraining:
    """Return how much of the available steps is trained on, and how."""
    most = max(_WINDOW_STEPS // lookback, 1_000)
    per_series = max(most // series, 8)
    stride = 1
    if series > 1 and available - lookback - horizon > per_series:
        stride = max(1, min(-(-(available - lookback - horizon) // per_series), max(1, (test - horizon) // _ORIGINS)))
    history = min(available, lookback + horizon + per_series * stride)
    history = min(available, max(history, season))
    windows = series * max(1, (history - lookback - horizon) // stride)
    batch = next(size for size, most in ((32, 1_000), (64, 4_000), (128, 12_000), (256, 1 << 40)) if windows <= most)
    epochs = max(15, min(round(20 * most / max(windows, 1)), 40))
    training = TrainingConfig(epochs=epochs, batch_size=batch, learning_rate=3e-3, patience=6)
    return PlainTraining(history, stride, windows, 16 if windows < 1_000 else 32, training)
