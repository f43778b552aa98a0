"""What a highway's choices are made on: a panel in memory, and what only all series tell."""

from dataclasses import dataclass

from recurcast.series.frame import Panel
from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.overall import Extent, Overall, Said, extent_of, said_in
from recurcast.series.windows import Split


@dataclass(frozen=True, eq=False)
class Basis:
    """All series, or of a lake a sample of them, and then what was found of all files."""

    panel: Panel
    overall: Overall | None

    def extent(self, end: int) -> Extent:
        """Return the extent of all series before the step `end`."""
        return extent_of(self.panel.y[:, :end]) if self.overall is None else self.overall.extents[end]

    @property
    def said(self) -> Said | None:
        """Return what all series say of themselves; none where nothing is said."""
        return said_in(self.panel) if self.overall is None else self.overall.said


def basis_of(split: Split) -> Basis:
    """Return what choices are made on. Raises DataRejected where a file of a lake is another one by now."""
    return Basis(split.sample().panel, split.overall) if isinstance(split, LakeSplit) else Basis(split.panel, None)
