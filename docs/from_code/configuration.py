"""docs/configuration.md: every field of the models, with an example."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from recurcast.config import PipelineConfig
from recurcast.config.schedule import Schedule

EXAMPLES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "examples.yaml").read_text(encoding="utf-8"))
SIGNS = {
    "ge": "at least",
    "gt": "above",
    "le": "at most",
    "lt": "below",
    "min_length": "length at least",
    "max_length": "length at most",
}
KINDS = {
    "_known_timezone": "time zone",
    "_valid_duration": "duration",
    "_valid_frequency": "frequency",
    "_valid_name": "name",
    "_minutes": "cron expression",
}
PLAIN = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "datetime": "instant",
    "AwareDatetime": "instant with zone",
    "timedelta": "seconds or ISO 8601 text",
    "dict": "mapping",
}

NAMES = {"numbers": "COLUMN", "space": "FIELD"}
"""What a mapping is by."""

CONFIGURATION = """\
<!-- Written by `make docs` from src/recurcast/config; edit the descriptions there. -->
# Configuration

Every field of `prefect.yaml` that is Recurcast's own, written from the models that check it (`make docs`): what is not here
does not exist, and an unknown field is an error that names the nearest one. What Prefect knows besides (`pull`, `tags`,
`work_pool`, `entrypoint`, ...) is in Prefect's manual. A pipeline stands in `deployments:`, in the parameter `pipeline` of its
training deployment; a run by hand reads the same block as a scheduled one. `recurcast run NAME --set training.epochs=5` changes
a field for one run. `null` is YAML's word for nothing.

A duration is a number with its unit, such as `30min`, `2h` or `1D`. A frequency is a pandas offset alias, such as `15min`, `h`,
`D`, `B` (business days) or `MS` (months, by their first day). A time zone is an IANA name.
"""


def configuration_page() -> str:
    """Return docs/configuration.md."""
    examples = EXAMPLES["pipeline"]
    sections = [*_sections(PipelineConfig, "", examples), *_sections(Schedule, "schedules[]", EXAMPLES["schedule"])]
    # What several kinds of sources share is told once.
    by_heading = {section.partition("\n")[0]: section for section in reversed(sections)}
    told = [section for section in sections if by_heading[section.partition("\n")[0]] is section]
    return "\n".join([CONFIGURATION, *told])


def _sections(model: type[BaseModel], path: str, example: object) -> Iterator[str]:
    """A table per model, those of its fields after it; `path` is where it stands in a pipeline's block."""
    title = {"": "The pipeline", "schedules[]": "A schedule: an entry of `schedules:` of the deployment"}.get(
        path, f"`{path}`"
    )
    kind = f" of kind `{model.model_fields['kind'].default}`" if "kind" in model.model_fields else ""
    lines = [f"## {title}{kind}\n\n{_first_line(model)}\n"]
    lines.append("| field | takes | default | what it says | example |\n|---|---|---|---|---|")
    for name, field in model.model_fields.items():
        shown = example.get(name, _other(field)) if isinstance(example, Mapping) else _other(field)
        lines.append(
            f"| `{name}` | {_takes(field)} | {_default(field)} | {_cell(field.description or '')} | {_example(shown)} |"
        )
    yield "\n".join([*lines, ""])
    if path.endswith("known_ahead[]"):  # its blocks are those of a source
        return
    for name, field in model.model_fields.items():
        inner = example.get(name) if isinstance(example, Mapping) else None
        for child in _models(field.annotation):
            several = isinstance(inner, list) and get_origin(field.annotation) is tuple
            by_name = [each for each in (field.annotation, *get_args(field.annotation)) if get_origin(each) is dict]
            named = bool(by_name) and isinstance(inner, Mapping)
            chosen = _merged(inner) if several else next(iter(inner.values())) if named else inner
            if isinstance(inner, list) and not several:
                chosen = next(each for each in inner if each["kind"] == child.model_fields["kind"].default)
            yield from _sections(
                child, f"{path}.{name}".strip(".") + ("[]" if several else f".{NAMES[name]}" if named else ""), chosen
            )


def _merged(blocks: list[dict[str, object]]) -> dict[str, object]:
    """A value for every field that one of several blocks has: that of the first one."""
    return {name: value for block in reversed(blocks) for name, value in block.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _other(field: FieldInfo) -> object:
    """A value beside the default, for a field without an example: one of its own, of a choice the last one, else none."""
    if field.examples:
        return field.examples[0]
    choices = [each for each in get_args(field.annotation) if isinstance(each, str)]
    return choices[-1] if choices else not field.default if isinstance(field.default, bool) else None


def _takes(field: FieldInfo) -> str:
    kind, null, _ = _kind(field.annotation, field.metadata).partition(", or `null`")
    return _cell(", ".join([kind, *_limits(field.metadata)]) + null)


def _limits(metadata: Iterable[Any]) -> list[str]:
    rules = [rule for each in metadata for rule in getattr(each, "metadata", [each])]
    return [f"{SIGNS[name]} {_number(getattr(rule, name))}" for rule in rules for name in SIGNS if hasattr(rule, name)]


def _kind(annotation: Any, metadata: list[Any]) -> str:
    checks = [getattr(getattr(rule, "func", None), "__name__", "") for rule in metadata]
    origin, arguments = get_origin(annotation), get_args(annotation)
    kind = next((KINDS[check] for check in checks if check in KINDS), "")
    if kind:
        return kind
    if origin is Annotated:
        kind = ", ".join([_kind(arguments[0], list(arguments[1:])), *_limits(arguments[1:])])
    elif origin is Literal:
        kind = ", ".join(f"`{_yaml(value)}`" for value in arguments)
    elif origin in (Union, UnionType):
        members = [each for each in arguments if each is not NoneType]
        kind = " or ".join(dict.fromkeys(_kind(each, []) for each in members))
        kind += ", or `null`" if NoneType in arguments else ""
    elif origin is dict and isinstance(arguments[1], type) and issubclass(arguments[1], BaseModel):
        kind = "a block per name, see below"
    elif origin is tuple:
        kind = f"list of: {_kind(arguments[0], [])}"
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        kind = "a block, see below"
    return kind or PLAIN[(origin or annotation).__name__]


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        made = field.default_factory() if field.default_factory else None  # type: ignore[call-arg]
        return "**needed**" if made is None else "`{}`" if made == {} else "its own defaults"
    return _example(field.default, of_nothing="`null`")


def _example(value: object, of_nothing: str = "") -> str:
    if value is None:
        return of_nothing
    if isinstance(value, Mapping) or (isinstance(value, list) and value and isinstance(value[0], Mapping)):
        return "below" if not isinstance(value, Mapping) or len(value) > 1 else _cell(f"`{_yaml(value)}`")
    return _cell(f"`{_yaml(list(value) if isinstance(value, tuple) else value)}`")


def _yaml(value: object) -> str:
    if value == "":
        return '""'
    if isinstance(value, list | Mapping):
        return yaml.safe_dump(value, default_flow_style=True, width=1000).strip()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]
