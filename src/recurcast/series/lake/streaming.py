"""The windows of a lake file by file: those of one file are there at a time, read anew whenever they are asked for.

what is kept   a few series that have windows of each part (examples, charts); what is true of all files; counts per file
what is read   a file: its rows, compared with the manifest's digest; laid out; its windows; then it is let go

Fits at the same time read one after the other, so that the rows of one file at most are there; of what is laid out, each
fit has that of the file which it is at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock

from recurcast.config import PipelineConfig, WindowsConfig
from recurcast.series.frame import SeriesFrame
from recurcast.series.lake.frame import LakeFrame
from recurcast.series.lake.in_order import InOrder, one_by_one
from recurcast.series.overall import OfFile, of_file, put_together
from recurcast.series.reading.giving_back import give_back
from recurcast.series.refusal import no_window
from recurcast.series.sampling import sample_of
from recurcast.series.splitting import refuse_unseen, split_of, unseen_in
from recurcast.series.windows import PartName, Split

SAMPLED, VALUES_SAMPLED = (256, 2048), 2**21
"""Fewest and most series that choices are made on, and how many values they may have in between."""
_reading = Lock()


@dataclass(frozen=True, eq=False)
class LakeSplit(Split):
    """A split whose windows lie in files: those that it has itself are of a few series, `piece` has those of a file."""

    frame: LakeFrame = field(kw_only=True)
    pipeline: PipelineConfig = field(kw_only=True)
    trained_on: tuple[int, ...] = field(kw_only=True)
    """How many train windows each file has."""
    refits: tuple[int, ...] = field(kw_only=True)
    """How many windows each file has of all that is known."""
    chosen_on: frozenset[str] = frozenset()
    """The series that a highway's choices are made on; none where networks are plain."""
    refitting: bool = False

    @property
    def n_train(self) -> int:
        """Return how many train windows there are, in all files."""
        return sum(self.trained_on)

    @property
    def key(self) -> tuple[object, ...]:
        """Return what all windows follow from, beside the configuration and the few that are here."""
        contents = tuple(file.content for file in self.frame.reading.lake.manifest.files)
        return contents, self.frame.digest, sorted(self.frame.dropped), self.trained_on, self.overall, self.refitting

    def piece(self, number: int) -> Split | None:
        """Return the split of a file, whose parts may lack windows; none where it has no rows of the span.

        Raises DataRejected where the file is not the one that the manifest speaks of.
        """
        with _reading:
            found = _cut(self.pipeline, self.frame, number)
            give_back()
        if found is None:
            return None
        found = replace(found, overall=self.overall)
        return found.to_refit(self.pipeline.windows) if self.refitting else found

    def pieces(self) -> Iterator[Split]:
        """Yield the split of each file in the manifest's order."""
        for number in range(len(self.trained_on)):
            piece = self.piece(number)
            if piece is not None:
                yield piece
            del piece  # before the next one is read

    def sample(self) -> Split:
        """Return the split of the series that choices are made on, in memory. Raises DataRejected as `piece` does."""
        with _reading:
            found = split_of(self.pipeline, self.frame.only(self.chosen_on), may_lack=True)
            give_back()
        return replace(found, overall=self.overall)

    def to_refit(self, windows: WindowsConfig) -> "LakeSplit":
        """Return the split of a fit on all that is known, without a gap, as if the train part ended where the test part does."""
        return replace(self, refitting=True, trained_on=self.refits)


def windows_in(pipeline: PipelineConfig, frame: SeriesFrame, in_order: InOrder = one_by_one) -> Split:
    """Return the windows of a frame that kept every rule; those of one whose rows lie in files stay there."""
    return split_of_lake(pipeline, frame, in_order) if isinstance(frame, LakeFrame) else split_of(pipeline, frame)


def split_of_lake(pipeline: PipelineConfig, frame: LakeFrame, in_order: InOrder = one_by_one) -> LakeSplit:
    """Return the windows of all series of a lake.

    Raises DataRejected where a part has none in any file, or the train part of none sees anything of what is known ahead.
    """
    seen = list(in_order(partial(_see, pipeline, frame.unnamed), range(frame.n_files)))
    first: dict[PartName, str] = {}
    for each in seen:
        first = each.first | first
    _refuse_empty(pipeline, frame, first)
    shown = frozenset(first.values())
    few = split_of(pipeline, frame.only(shown), may_lack=True)
    refuse_unseen(frozenset.intersection(*(each.unseen for each in seen if each.tells is not None)), few)
    return LakeSplit(
        **{name: getattr(few, name) for name in ("train", "validation", "calibration", "test")},
        validation_begins=few.validation_begins,
        calibration_begins=few.calibration_begins,
        test_begins=few.test_begins,
        overall=put_together([each.tells for each in seen if each.tells is not None]),
        frame=frame.unnamed,
        pipeline=pipeline,
        trained_on=tuple(each.n_train for each in seen),
        refits=tuple(each.n_refit for each in seen),
        chosen_on=shown | _sample(pipeline, frame) if pipeline.network.kind == "highway" else frozenset(),
    )


def _sample(pipeline: PipelineConfig, frame: LakeFrame) -> frozenset[str]:
    fewest, most = SAMPLED
    return sample_of(frame.ids, min(max(VALUES_SAMPLED // len(frame.steps), fewest), most), pipeline.training.seed)


@dataclass(frozen=True)
class _Seen:
    """What was seen of a file: counts of windows, what it tells of its train part, the first series with one of each part.

    And of which columns that are known ahead nothing was seen.
    """

    n_train: int = 0
    n_refit: int = 0
    tells: OfFile | None = None
    first: dict[PartName, str] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()


def _see(pipeline: PipelineConfig, frame: LakeFrame, number: int) -> _Seen:
    piece = _cut(pipeline, frame, number)
    if piece is None:
        return _Seen()
    n_train, ids = len(piece.train), piece.panel.ids
    parts = (piece.train, piece.validation, piece.calibration, piece.test)
    return _Seen(
        n_train,
        len(piece.to_refit(pipeline.windows).train) if pipeline.serving == "refit" else 0,
        of_file(piece.panel, (piece.validation_begins, piece.calibration_begins), n_train, piece.calibration.targets),
        {own.part: ids[int(own.series[0])] for own in parts if len(own)},
        unseen_in(piece),
    )


def _cut(pipeline: PipelineConfig, frame: LakeFrame, number: int) -> Split | None:
    piece = frame.piece(number)
    return split_of(pipeline, piece, may_lack=True) if piece.n_rows else None


def _refuse_empty(pipeline: PipelineConfig, frame: LakeFrame, first: dict[PartName, str]) -> None:
    parts, steps = pipeline.parts, frame.steps
    test = len(steps) - parts.test
    ends = {
        "train": (0, test - parts.validation),
        "validation": (test - parts.validation, test - parts.calibration),
        "calibration": (test - parts.calibration, test),
        "test": (test, len(steps)),
    }
    for part, (begin, end) in ends.items():
        if part not in first and end > begin:
            raise no_window(part, len(frame.ids), (steps[begin], steps[end - 1]), pipeline.seen, pipeline.fewest)
