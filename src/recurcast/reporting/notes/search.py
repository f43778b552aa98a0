"""A search in words: the description of its run."""

from recurcast.config.metrics import figure
from recurcast.escaping import in_markdown
from recurcast.reporting.page.searched import (
    ShownSearch,
    said_of_history,
    said_of_luck,
    settings_as_text,
    shown_id,
    verdict_of,
)
from recurcast.reporting.page.words import spelled
from recurcast.reporting.tables import markdown_table
from recurcast.runs.search_facts import luck_of, outcome_of, ranked

_BEST = 5


def search_note(shown: ShownSearch) -> str:
    """Return the description of a search's run: what is told of its winner, what to do with it, the best trials."""
    record = shown.record
    rows = [
        [
            f"{trial.number}{' (as it stood)' if trial.number == record.stood else ''}",
            figure(trial.score),
            figure(record.fresh_score(trial.number)),
            in_markdown(spelled(trial.cell)),
            in_markdown(settings_as_text(trial)),
        ]
        for trial in ranked(record)[:_BEST]
    ]
    accept = (
        f"Accept it: `recurcast search accept {shown_id(record)}` writes it into `prefect.yaml` and promotes nothing."
    )
    said = [
        f"**Search.** {in_markdown(verdict_of(record).text)}",
        accept if outcome_of(record) == "won" else "",
        f"{said_of_history(record)} {said_of_luck(record) if luck_of(record) else ''}".rstrip(),
        markdown_table(["trial", "score", "fresh score", "cell", "settings"], rows, numbers=False) if rows else "",
        *map(in_markdown, record.remarks),
        "The whole page: `search/search.html` among the artifacts, with its charts as PNG. Below this run stand its trials.",
    ]
    return "\n\n".join(filter(None, said))
