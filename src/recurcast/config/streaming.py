"""What can be trained on file by file: all series of a folder."""

from recurcast.config.interval_sources import FolderSource
from recurcast.config.network import TrainingConfig


def refuse_unfit_stream(training: TrainingConfig, source: object) -> None:
    """Raise ValueError where files can't be streamed: another source, or a sample that is held in memory."""
    if not training.stream:
        return
    if not isinstance(source, FolderSource):
        kind = getattr(source, "kind", type(source).__name__)
        raise ValueError(
            "training.stream reads a lake, which is a source of kind folder that `recurcast lake pack` wrote; received kind "
            f"{kind}. Pack the series, or leave stream out"
        )
    if training.sample_series is not None:
        raise ValueError(
            "training.stream trains on all series, training.sample_series on some that are held in memory; received both. "
            "Leave one out"
        )
