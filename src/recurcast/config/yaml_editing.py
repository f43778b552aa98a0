"""Values written into a text of YAML, which is left as it is everywhere else: comments, anchors, order, quotes, line ends.

A library that reads and writes YAML whole lays lines out anew (ruamel.yaml keeps comments, but not those within braces, nor
line ends, nor what stood between two signs). Here only the signs of a value change, or a line is added; whoever calls reads
the result and compares. What an alias or a merge brings in gets a place of its own, so that who else uses it keeps theirs:

network: *small                      ->  network: {<<: *small, units: 64}
training: {epochs: 20}  # enough     ->  training: {epochs: 20, batch_size: 64}  # enough
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml

_MERGE = "<<"
_WIDE = 2**20
Path = Sequence[str | int]


@dataclass
class _Node:
    """What stands between two places of the text; `end` is behind the last sign of its own."""

    start: int
    end: int
    column: int
    kind: str
    """scalar, alias, mapping or sequence."""
    flow: bool = True
    """Whether it is written in brackets, or is no collection."""
    name: str = ""
    """The text of a scalar, the anchor that an alias names."""
    pairs: list[tuple["_Node", "_Node"]] = field(default_factory=list)
    items: list["_Node"] = field(default_factory=list)


class CannotEdit(Exception):
    """The text has no place where the value could be written."""


def with_value(text: str, around: Path, within: Sequence[str], value: Any, inherited: Mapping[str, Any]) -> str:
    """Return the text with a value written at a path of keys `within` the mapping that stands at `around`.

    `around` is looked up wherever aliases and merges lead; `within` is written in that mapping itself, and `inherited`, what
    the mapping amounts to, says what merges bring in there. Raises CannotEdit.
    """
    tree, anchors = _read(text)
    node = tree
    for key in around:
        node = _follow(_lookup(node, key, anchors), anchors)
    for depth, key in enumerate(within):
        if node.kind != "mapping":
            raise CannotEdit(f"{'.'.join(within[:depth])} is no mapping")
        rest = within[depth + 1 :]
        own = next((pair for pair in node.pairs if pair[0].name == key), None)
        standing = inherited.get(key) if isinstance(inherited, Mapping) else None
        if own is None:
            return _inserted(text, node, key, _dumped(_set(standing, rest, value)))
        place = own[1]
        if not rest:
            return _replaced(text, own, _dumped(value))
        if place.kind != "mapping":
            return _replaced(text, own, _merged(place, standing, rest, value))
        node, inherited = place, standing if isinstance(standing, Mapping) else {}
    raise CannotEdit("no key is named")


def _merged(place: _Node, standing: Any, rest: Sequence[str], value: Any) -> str:
    """What takes the place of an alias, or of nothing."""
    if place.kind != "alias":
        return _dumped(_set(standing, rest, value))
    changed = {rest[0]: _set((standing or {}).get(rest[0]), rest[1:], value)}
    return f"{{<<: *{place.name}, {_dumped(changed)[1:-1]}}}"


def _set(standing: Any, rest: Sequence[str], value: Any) -> Any:
    if not rest:
        return value
    around = dict(standing) if isinstance(standing, Mapping) else {}
    return around | {rest[0]: _set(around.get(rest[0]), rest[1:], value)}


def _dumped(value: Any) -> str:
    """The value in one line, as it can stand between other signs."""
    dumped = yaml.dump(
        [value], Dumper=_Dumper, default_flow_style=True, width=_WIDE, allow_unicode=True, sort_keys=False
    )
    return dumped.strip()[1:-1]


class _Dumper(yaml.SafeDumper):
    """Quotes as people do: twice."""

    def choose_scalar_style(self) -> Any:
        style = super().choose_scalar_style()
        return '"' if style == "'" else style


def _inserted(text: str, node: _Node, key: str, value: str) -> str:
    pair = f"{key}: {value}"
    if node.flow:
        at = node.pairs[-1][1].end if node.pairs else text.index("{", node.start) + 1
        return f"{text[:at]}{', ' if node.pairs else ''}{pair}{text[at:]}"
    end = node.pairs[-1][1].end
    at = text.find("\n", end)
    newline = "\r\n" if "\r\n" in text else "\n"
    line = f"{' ' * node.pairs[0][0].column}{pair}{newline}"
    return f"{text}{newline}{line}" if at < 0 else f"{text[: at + 1]}{line}{text[at + 1 :]}"


def _replaced(text: str, pair: tuple[_Node, _Node], value: str) -> str:
    key, place = pair
    if not place.flow or place.start == place.end:  # lines below the key, or nothing
        return f"{text[: key.end]}: {value}{_comment_behind(text, key, place)}{text[place.end :]}"
    return f"{text[: place.start]}{value}{text[place.end :]}"


def _comment_behind(text: str, key: _Node, place: _Node) -> str:
    """What stands behind a key whose value begins below it."""
    line = text[key.end : place.start].partition("\n")[0].rstrip()
    behind = line.partition(":")[2]
    return behind if behind.lstrip().startswith("#") and len(line) < place.start - key.end else ""


def _follow(node: _Node, anchors: Mapping[str, _Node]) -> _Node:
    return anchors[node.name] if node.kind == "alias" else node


def _lookup(node: _Node, key: str | int, anchors: Mapping[str, _Node]) -> _Node:
    if isinstance(key, int) and node.kind == "sequence":
        return node.items[key]
    for name, value in node.pairs:
        if name.name == key:
            return value
    for name, value in node.pairs:
        if name.name == _MERGE:
            merged = _follow(value, anchors)
            for each in merged.items if merged.kind == "sequence" else [merged]:
                try:
                    return _lookup(_follow(each, anchors), key, anchors)
                except CannotEdit:
                    continue
    raise CannotEdit(f"there is no {key}")


def _read(text: str) -> tuple[_Node, dict[str, _Node]]:
    """The tree of what is written, and what each anchor names; of two of one name the last."""
    anchors: dict[str, _Node] = {}
    events = iter(yaml.parse(text, Loader=yaml.SafeLoader))
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            return _node(text, next(events), events, anchors), anchors
    raise CannotEdit("the text is empty")


def _node(text: str, event: Any, events: Any, anchors: dict[str, _Node]) -> _Node:
    start, end, column = event.start_mark.index, event.end_mark.index, event.start_mark.column
    if isinstance(event, yaml.AliasEvent):
        return _Node(start, end, column, "alias", name=str(event.anchor))
    if isinstance(event, yaml.ScalarEvent):
        if event.style in ("|", ">"):  # they end where the next line begins
            end = len(text[:end].rstrip())
        node = _Node(start, end, column, "scalar", name=str(event.value))
    else:
        node = _collection(text, event, events, anchors)
    if event.anchor:
        anchors[event.anchor] = node
    return node


def _collection(text: str, event: Any, events: Any, anchors: dict[str, _Node]) -> _Node:
    children: list[_Node] = []
    for inner in events:
        if isinstance(inner, yaml.CollectionEndEvent):
            break
        children.append(_node(text, inner, events, anchors))
    flow = bool(event.flow_style)
    end = inner.end_mark.index if flow or not children else children[-1].end
    kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
    node = _Node(event.start_mark.index, end, event.start_mark.column, kind, flow)
    if kind == "mapping":
        node.pairs = [*pairwise(children)][::2]
    else:
        node.items = children
    return node
