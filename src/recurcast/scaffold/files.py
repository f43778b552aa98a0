"""The text of a new project's files: a `prefect.yaml` whose every guess has its evidence beside it. Pure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from recurcast.config import FileSource, Parts
from recurcast.config.base import Settings
from recurcast.config.times import JoinedTime
from recurcast.scaffold.guess import Guess
from recurcast.scaffold.names import pipeline_name
from recurcast.scaffold.proposal import Proposal
from recurcast.scaffold.texts import FOOT, HEAD, README, SINE

__all__ = ["IGNORED", "flow_files", "flows_folder", "pipeline_name", "project_file", "readme", "sine_project_file"]

_PACKAGE = Path(__file__).parent.parent


_LONGEST_COMMENT = 110

IGNORED = """\
.venv/
__pycache__/
mlflow.db*
searches.db*
mlruns/
mlartifacts/
.recurcast/
.prefectignore
# What runs write: forecasts and light bundles, a folder per pipeline. Files of your own in data/ are kept.
data/*/
"""


def project_file(proposal: Proposal) -> str:
    """Return the `prefect.yaml` of a project with the proposed pipeline."""
    name = proposal.pipeline.name
    return HEAD.format(name=name, project=_value(name)) + _block(proposal) + FOOT.format(anchor=_anchor(name))


def sine_project_file() -> str:
    """Return the `prefect.yaml` of a project with the generated pipeline `sine`."""
    return HEAD.format(name="sine", project="sine") + SINE + FOOT.format(anchor="sine")


def readme(name: str) -> str:
    """Return the README of a project with one pipeline."""
    return README.format(name=name)


def _anchor(name: str) -> str:
    """A name of its own beside the anchor of `definitions` that a file such as train.csv would take."""
    return f"{name}-block" if name == "train" else name


def _block(proposal: Proposal) -> str:
    pipeline = proposal.pipeline
    assert isinstance(pipeline.source, FileSource), "a proposal is for a file"
    block = pipeline.model_dump(mode="json", exclude_unset=True)
    why = {guess.field: guess.why for guess in proposal.guesses}
    source = block["source"]
    columns = {key: value for key, value in source["columns"].items() if value not in (None, [], ())}
    if pipeline.source.kind == "file" and isinstance(pipeline.source.columns.ds, JoinedTime):
        columns["ds"] = pipeline.source.columns.ds.model_dump(exclude_defaults=True)
    lines = [
        f"  - &{_anchor(pipeline.name)}",
        "    <<: *train",
        f"    name: {_value(pipeline.name)}",
        f"    description: {_value(pipeline.description)}",
        "    tags: [recurcast]",
        "    schedules:",
        *_comment(6, why["schedule"]),
        f"      - {_value({'cron': proposal.cron, 'timezone': source['timezone'], 'slug': _slug(proposal.cron)})}",
        "    parameters:",
        "      pipeline:",
        f"        name: {_value(pipeline.name)}",
        f"        description: {_value(pipeline.description)}",
        "        source:",
        "          kind: file",
        f"          path: {_value(source['path'])}",
        *(_comment(10, why["source.format"]) if "source.format" in why else []),
        *_how(10, "format", pipeline.source.format),
        *_said_of(10, "source.numbers.", proposal.guesses),
        *_how(10, "numbers", pipeline.source.numbers),
        *_said_of(10, "source.columns.", proposal.guesses),
        f"          columns: {_value(columns)}",
        *_known_ahead(pipeline.source, why.get("source.known_ahead", "")),
        *([f"          time_format: {_value(source['time_format'])}"] if source.get("time_format") else []),
        *_field(10, "timezone", source["timezone"], why["source.timezone"]),
        *(_field(10, "snap", source["snap"], why["source.snap"]) if source.get("snap") else []),
        *_field(10, "delay", source["delay"], why["source.delay"]),
        *_field(10, "static", source["static"], why["source.static"]),
        *_field(8, "frequency", pipeline.frequency, why["frequency"]),
        *_field(8, "season", pipeline.season, why["season"]),
        *_field(8, "parts", _parts(pipeline.parts), why["parts"]),
        *_field(8, "windows", pipeline.windows.model_dump(), why["windows"]),
        *_said_of(8, "checks.", proposal.guesses),
        f"        checks: {_value(_checks(block['checks']))}",
        f"        network: {_value(_set(pipeline.network.model_dump(mode='json', exclude_defaults=True)))}",
        f"        training: {_value(pipeline.training.model_dump(mode='json', exclude_defaults=True))}",
        *([] if pipeline.serving == "judged" else [f"        serving: {_value(pipeline.serving)}"]),
        *_field(8, "gate", {"baseline": pipeline.gate.baseline}, f"{pipeline.gate.baseline}: {why['gate.baseline']}"),
    ]
    return "\n".join(lines) + "\n"


def _known_ahead(source: FileSource, why: str) -> list[str]:
    if not source.known_ahead:
        return []
    blocks = [f"            - {_value(_stated(block))}" for block in source.known_ahead]
    return [*_comment(10, why), "          known_ahead:", *blocks]


def _parts(parts: Parts) -> dict[str, Any]:
    return parts.model_dump(exclude={"align"} if parts.align == "as_of" else set())


def _field(indent: int, key: str, value: object, why: str) -> list[str]:
    return [*_comment(indent, why), f"{' ' * indent}{key}: {_value(value)}"]


def _how(indent: int, key: str, told: Settings | Mapping[str, Settings] | None) -> list[str]:
    """How the file is read, where it is not as any other."""
    if isinstance(told, Settings):
        return [f"{' ' * indent}{key}: {_value(_stated(told))}"]
    return [f"{' ' * indent}{key}: {_value({name: _stated(each) for name, each in told.items()})}"] if told else []


def _stated(settings: Settings) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_defaults=True)


def _said_of(indent: int, prefix: str, guesses: Sequence[Guess]) -> list[str]:
    """A line of comment for each guess below a field that stands in one line."""
    told = [(guess.field.removeprefix(prefix), guess.why) for guess in guesses if guess.field.startswith(prefix)]
    if prefix == "source.numbers.":
        told = [(f"'{column}'", why) for column, why in told]
    return [line for field, why in told for line in _comment(indent, f"{field}: {why}")]


def _comment(indent: int, text: str) -> list[str]:
    words, lines = _printable(f"{text[:1].lower()}{text[1:]}").split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) + indent > _LONGEST_COMMENT:
            lines.append("")
        lines[-1] += f" {word}"
    return [f"{' ' * indent}#{line}" for line in lines]


def _printable(text: str) -> str:
    """What a comment may hold: YAML forbids signs that command a terminal, and halves of characters can't be written."""
    return "".join(each if each.isprintable() or each.isspace() else f"\\u{ord(each):04x}" for each in text)


def _set(block: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in block.items()
        if value not in (None, [], ()) and (key, value) != ("max_bad_series", 0)
    }


def _checks(block: Mapping[str, Any]) -> dict[str, Any]:
    """As a person writes them: -200, not -200.0."""
    values = [int(each) if each == int(each) else each for each in block["missing_values"]]
    return _set(block) | ({"missing_values": values} if values else {})


def _value(value: object) -> str:
    return (
        yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False, allow_unicode=True)
        .strip()
        .removesuffix("...")
        .strip()
    )


def _slug(cron: str) -> str:
    _, hour, day, _, weekday = cron.split()
    if weekday not in ("*",):
        return "business-days" if "-" in weekday else "weekly"
    if day != "*":
        return "monthly"
    return "daily" if hour.isdigit() else "hourly" if hour == "*" else f"every-{24 // len(hour.split(','))}-hours"


def flows_folder() -> Path:
    """Return the folder of the flow files that belong to this version of Recurcast."""
    installed = _PACKAGE / "flows"  # put there by the wheel, see pyproject.toml
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "flows"


def flow_files() -> dict[str, str]:
    """Return the text of every flow file, by name."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(flows_folder().glob("*.py"))}
