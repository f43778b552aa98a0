"""What a search's page is made of, and what it says in sentences."""

from dataclasses import dataclass, replace
from math import isfinite

from recurcast.config import PipelineConfig
from recurcast.config.metrics import METRICS, figure
from recurcast.reporting.page.words import Tone, Verdict, counted, local, spelled
from recurcast.runs.search import SearchRecord, Trial, Value
from recurcast.runs.search_facts import finished, improvement_of, luck_of, outcome_of

_SAME = 0.0005
"""Less than half of the last digit of a share that is told."""


@dataclass(frozen=True)
class ShownSearch:
    """A search, and the pipeline that it was of."""

    record: SearchRecord
    pipeline: PipelineConfig
    timezone: str

    @property
    def metric(self) -> str:
        """Return the metric as a label, with its unit."""
        return METRICS[self.record.metric].titled(self.pipeline.unit)


def shown_id(record: SearchRecord) -> str:
    """Return as much of a search's id as people need."""
    return record.id[:8]


def short_name(setting: str) -> str:
    """Return a setting's own name, such as `units` of `network.units`."""
    return setting.rpartition(".")[2]


def value_as_text(value: Value) -> str:
    """Return a setting's value as YAML has it, with as many digits as a person compares."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:.3g}" if isinstance(value, float) else value if isinstance(value, str) else f"{value:,}"


def settings_as_text(trial: Trial) -> str:
    """Return a trial's settings in one line."""
    return ", ".join(f"{short_name(name)} {value_as_text(value)}" for name, value in trial.settings.items())


def who(trial: Trial) -> str:
    """Return a trial's number and cell."""
    return f"trial {trial.number} ({spelled(trial.cell)})"


def verdict_of(record: SearchRecord) -> Verdict:
    """Return what the search found, by the scores on origins that no trial saw, and on which series where not on all."""
    found = _found(record)
    if record.compared is None:
        return found
    told = record.compared.told
    return replace(found, text=f"{found.text} {told[:1].upper()}{told[1:]}.")


def _found(record: SearchRecord) -> Verdict:
    outcome, count = outcome_of(record), counted(len(record.trials), "trial")
    if record.winner is None:
        return Verdict(f"None of {count} could be scored on every origin: nothing is proposed.", "bad")
    where = f"on {counted(len(record.fresh_origins), 'origin')} that no trial saw"
    theirs = record.fresh_score(record.stood)
    if outcome == "stands":
        return Verdict(
            f"The configuration as it stood is the best of {count}: {_score(record, theirs)} {where}. Nothing is proposed.",
            "plain",
        )
    ours, told = record.fresh_score(record.winner), who(record.trial(record.winner))
    against = f"{_score(record, ours)} against {figure(theirs)} of the configuration as it stood"
    also = _beside_the_baseline(record, ours)
    share = improvement_of(record)
    if share is None:
        return Verdict(f"The best of {count}, {told}, can't be compared: {against} {where}.{also}", "plain")
    if abs(share) < _SAME:
        return Verdict(f"The best of {count}, {told}, is as good as what stood {where}: {against}.{also}", "plain")
    better = "better" if share > 0 else "worse"
    tone: Tone = "good" if outcome == "won" else "bad"
    return Verdict(f"The best of {count}, {told}, is {abs(share):.1%} {better} {where}: {against}.{also}", tone)


def _beside_the_baseline(record: SearchRecord, ours: float) -> str:
    baseline = record.baseline_fresh
    if not (isfinite(baseline) and isfinite(ours)) or ours < baseline:
        return ""
    return f" The {spelled(record.baseline)} scores {figure(baseline)} there, no worse than that."


def said_of_fresh(shown: ShownSearch) -> str:
    """Return what the fresh scores are, in two sentences."""
    until = local(shown.record.read_until, shown.timezone)
    return (
        "The scores that are told: the winner, chosen by the origins before, and the configuration as it stood, each judged once "
        f"on origins that no trial saw. The last row read is before {until}: for what this search proposes the gate counts only "
        "what came later."
    )


def said_of_history(record: SearchRecord) -> str:
    """Return how many trials came to which end, in one sentence."""
    states = {state: sum(each.state == state for each in record.trials) for state in ("finished", "pruned", "failed")}
    told = ", ".join(f"{number} {state}" for state, number in states.items() if number)
    origins = counted(len(record.origins), "origin")
    return f"{counted(len(record.trials), 'trial')}: {told}. A score is the mean over {origins}, less is better."


def said_of_luck(record: SearchRecord) -> str:
    """Return how much of the best score is luck, in one or two sentences; ends with a full stop."""
    points = luck_of(record)
    if not points:
        return "With one origin, or without a finished trial, there is no second one to see how much of the best score is luck."
    last = points[-1]
    share = f" ({last.lost / last.kept:.1%})" if last.kept else ""
    stood = next((trial.score for trial in finished(record) if trial.number == record.stood), None)
    beside = "" if stood is None else f", the configuration as it stood {figure(stood)}"
    return (
        f"Choosing the best of {last.tries} by all origins but one promises {figure(last.promised)}, the origin left out gives "
        f"{figure(last.kept)}{beside}: {figure(last.lost)}{share} of the promise is luck. With fewer tries, the mean over all "
        f"sets of so many of the {counted(len(finished(record)), 'finished trial')}."
    )


def _score(record: SearchRecord, score: float) -> str:
    return f"{METRICS[record.metric].label} {figure(score) if isfinite(score) else 'unknown'}"
