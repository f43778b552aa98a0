"""What can be trained on file by file: plain networks, on all series of a folder."""

from recurcast.config.interval_sources import FolderSource
from recurcast.config.network import NetworkConfig, TrainingConfig


def refuse_unfit_stream(training: TrainingConfig, network: NetworkConfig, source: object) -> None:
    """Raise ValueError where files can't be streamed: another source, a highway, or a sample that is held in memory."""
    if not training.stream:
        return
    if not isinstance(source, FolderSource):
        kind = getattr(source, "kind", type(source).__name__)
        raise ValueError(
            "training.stream reads a lake, which is a source of kind folder that `recurcast lake pack` wrote; received kind "
            f"{kind}. Pack the series, or leave stream out"
        )
    if network.kind == "highway":
        raise ValueError(
            "training.stream is for network.kind plain: a highway's ridge is chosen for the whole panel in one place; received "
            "kind highway. Train it on a sample: training.sample_series instead of stream, or take kind plain"
        )
    if training.sample_series is not None:
        raise ValueError(
            "training.stream trains on all series, training.sample_series on some that are held in memory; received both. "
            "Leave one out"
        )
