"""What a network with a ridge highway does not read: stated, it is refused, so that nobody tunes what changes nothing."""

from recurcast.config.network import NetworkConfig, TrainingConfig

_RULED = (
    *("epochs", "batch_size", "learning_rate", "schedule", "clip_norm"),
    *("loss", "patience", "weights", "warm_start"),
)
"""Fields of the training that a highway has rules for."""


def refuse_unread(network: NetworkConfig, training: TrainingConfig, covariates: tuple[str, ...]) -> None:
    """Raise ValueError where a highway is told what it does not read, or a plain network what it can't do."""
    if network.kind == "plain":
        if training.combine == "median":
            raise ValueError(
                "training.combine: median is for network.kind highway; received kind plain. "
                "Leave combine at best, or take the highway"
            )
        return
    inputs = [*covariates, *network.calendar]
    if inputs:
        raise ValueError(
            f"network.kind: highway sees the series alone; received {', '.join(inputs)} besides. "
            "Take those out of source.columns.covariates and network.calendar, or take kind plain"
        )
    usual = TrainingConfig()
    unread = [f"training.{name}" for name in _RULED if getattr(training, name) != getattr(usual, name)]
    unread += [] if network.scale == "window" else ["network.scale"]
    if unread:
        raise ValueError(
            "network.kind: highway is scaled and trained by rules of its own (docs/forecasting.md); received "
            f"{', '.join(unread)}, which it does not read. Leave that out, or take kind plain"
        )
