"""pydantic's errors in words for the person who wrote the file: the field, what is valid, what was received."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from recurcast.config.kinds_of_source import KINDS
from recurcast.errors import nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_LONGEST = 60
_MOST_SENTENCES = 20


def explain(error: ValidationError, block: object, model: type[BaseModel]) -> str:
    """Return a sentence per wrong field of `block`, which was read as `model`; several have a line each."""
    details = error.errors(include_url=False)
    sentences = [_sentence(detail, block, model) for detail in details[:_MOST_SENTENCES]]
    if len(details) > _MOST_SENTENCES:
        sentences.append(f"and {len(details) - _MOST_SENTENCES:,} more.")
    return sentences[0] if len(sentences) == 1 else "".join(f"\n  {sentence}" for sentence in sentences)


def model_at(model: type[BaseModel], path: Sequence[str], block: object) -> type[BaseModel] | None:
    """Return the model that describes the field at `path`, or none where the field has no fields of its own.

    Where the field may be one of several models (a source), `block` says by its `kind` which.
    """
    current: type[BaseModel] | None = model
    named = False  # whether the next key is a name that the user chose
    for key in path:
        block = _child(block, key)
        if key.isdecimal() or named:
            named = False
            continue
        field = current.model_fields.get(key) if current is not None else None
        current = _chosen(list(_models(field.annotation)), block) if field is not None else None
        named = field is not None and any(get_origin(each) is dict for each in _alternatives(field.annotation))
    return current


def value_at(block: object, path: Sequence[str]) -> object:
    """Return what stands at `path` in a block of mappings and lists, or none where nothing does."""
    return reduce(_child, path, block)


def _sentence(detail: "ErrorDetails", block: object, model: type[BaseModel]) -> str:
    path = _path(detail, block)
    where = ".".join(path)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            owner = model_at(model, path[:-1], block)
            return f"{where}: unknown field. {nearest(path[-1], list(owner.model_fields) if owner else [])}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{where + ': ' if where else ''}should be a mapping; received {shown(detail['input'])}."
        case "missing":
            return f"{where}: needed; received none. Add it."
        case "value_error":
            sentence = f"{context['error']}".rstrip(".")
            return f"{where}: {sentence}." if where else f"{sentence}."
        case "union_tag_invalid" | "union_tag_not_found":
            tag = context.get("tag")
            expected = context.get("expected_tags", ", ".join(map(repr, KINDS)))
            return f"{where}.kind: one of {expected}; received {shown(tag) if tag else 'none'}."
        case _:
            message = detail["msg"].removeprefix("Input ")
            return f"{where + ': ' if where else ''}{message}; received {shown(detail['input'])}."


def _path(detail: "ErrorDetails", block: object) -> list[str]:
    """Return the keys as the file has them: pydantic also names the member of a union, which the user never wrote."""
    path: list[str] = []
    for depth, key in enumerate(detail["loc"], start=1):
        absent = depth == len(detail["loc"]) and detail["type"] == "missing"
        if absent or _has(block, key):
            path.append(str(key))
            block = _child(block, str(key))
    return path


def _has(block: object, key: str | int) -> bool:
    return isinstance(block, list) if isinstance(key, int) else isinstance(block, Mapping) and key in block


def _child(block: object, key: str) -> object:
    if isinstance(block, list):
        # Not isdigit, which takes '²' for one; and Python reads no number of thousands of digits.
        return block[int(key)] if key.isdecimal() and len(key) < _LONGEST and int(key) < len(block) else None
    return block.get(key) if isinstance(block, Mapping) else None


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    return (annotation, *get_args(annotation))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _chosen(models: list[type[BaseModel]], block: object) -> type[BaseModel] | None:
    if len(models) <= 1:
        return models[0] if models else None
    kind = block.get("kind") if isinstance(block, Mapping) else None
    return next((model for model in models if model.model_fields["kind"].default == kind), None)


def shown(value: object) -> str:
    """Return a value as a message quotes it: long ones are cut."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
