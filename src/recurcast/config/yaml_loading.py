"""YAML as its specification has it, whichever PyYAML is installed, and only as much of it as a project's file needs.

Of a merge `<<: [*a, *b]` the specification lets the earlier mapping win. So did PyYAML up to 6.0.3; in 6.0.4 the last one
wins (the first, where a key has one letter). What a text lays out is bounded while it is read: a few hundred bytes of
anchors can stand for millions of values.
"""

from dataclasses import dataclass
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.error import Mark
from yaml.reader import ReaderError

MOST_BYTES = 2_000_000
MOST_WRITTEN = 100_000
MOST_NODES = 200_000
MOST_CHARACTERS = 10_000_000
"""Values that a text writes down, which is what reading costs; then what it stands for, each alias laid out."""
DEEPEST = 50
LONGEST_NUMBER = 100

_MERGE, _VALUE = "tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"
_TEXT = "tag:yaml.org,2002:str"
_TYPES = ("null", "bool", "int", "float", "str", "timestamp", "seq", "map")
_TAGS = {None, "!", *(f"tag:yaml.org,2002:{kind}" for kind in _TYPES)}


class InvalidYaml(Exception):
    """The text is not YAML, or more of it than is read; `line` counts from 1, where one is to blame."""

    def __init__(self, problem: str, line: int | None) -> None:
        self.problem, self.line = problem, line
        super().__init__(problem)


@dataclass(frozen=True)
class _Weight:
    """What a node stands for: how many nodes, itself among them, how many one below the other, and how much text."""

    nodes: int
    depth: int
    characters: int


def load_yaml(text: str) -> Any:
    """Return the value of a text of YAML: mappings, lists, text, numbers, true, false, null and timestamps.

    An InvalidYaml says what is wrong, and in which line.
    """
    if len(text) > MOST_BYTES:
        raise InvalidYaml(f"a text of YAML has at most {MOST_BYTES:,} characters; received {len(text):,}", None)
    try:
        return yaml.load(text, Loader=_Loader)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InvalidYaml(f"text holds no character {error.character:#06x}: {error.reason}", line) from error
    except yaml.MarkedYAMLError as error:
        said = [each for each in (error.context, error.problem) if each]
        mark = error.problem_mark or error.context_mark
        raise InvalidYaml(": ".join(said) or "it says nothing", mark.line + 1 if mark else None) from error
    except (ValueError, OverflowError) as error:  # PyYAML's scanner, of an escape such as "\UFFFFFFFF"
        raise InvalidYaml(f"an escape in a text stands for no character: {error}", None) from error


class _Loader(yaml.SafeLoader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._weights: dict[int, _Weight] = {}
        self._composed = self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        self._refuse_more(event)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if node is not None and not isinstance(event, yaml.AliasEvent):
            self._weights[id(node)] = self._weighed(node)
        elif id(node) not in self._weights:
            raise ComposerError(None, None, f"the anchor '{event.anchor}' stands inside itself", event.start_mark)
        return node

    def _refuse_more(self, event: Any) -> None:
        self._composed += 1
        _refuse_too_many(self._composed, MOST_WRITTEN, "values", event.start_mark)
        _refuse_too_deep(self._depth + 1, event.start_mark)
        tag = getattr(event, "tag", None)
        if tag not in _TAGS:
            valid = ", ".join(f"!!{kind}" for kind in _TYPES)
            raise ComposerError(None, None, f"a tag is one of {valid}; received {_shortened(tag)}", event.start_mark)

    def _weighed(self, node: yaml.Node) -> _Weight:
        if isinstance(node, yaml.ScalarNode):
            _refuse_odd(node)
            return _Weight(1, 1, len(node.value))
        children = node.value if isinstance(node, yaml.SequenceNode) else [each for pair in node.value for each in pair]
        weights = [self._weights[id(child)] for child in children]
        weight = _Weight(
            1 + sum(each.nodes for each in weights),
            1 + max((each.depth for each in weights), default=0),
            sum(each.characters for each in weights),
        )
        _refuse_too_many(weight.nodes, MOST_NODES, "values with all aliases laid out", node.start_mark)
        _refuse_too_many(weight.characters, MOST_CHARACTERS, "characters with all aliases laid out", node.start_mark)
        _refuse_too_deep(weight.depth, node.start_mark)
        if isinstance(node, yaml.MappingNode):
            _refuse_doubled_keys(node)
        return weight

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put what a mapping merges before its own pairs, of which the later ones count: first what gives way first."""
        merged, own = [], []
        for key, value in node.value:
            if key.tag == _MERGE:
                for each in reversed(_mappings(value)):
                    self.flatten_mapping(each)
                    merged.extend(each.value)
            else:
                own.append((key, value))
        node.value = merged + own

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, ArithmeticError, LookupError, AttributeError) as error:
            # PyYAML lets slip whatever Python says to '2024-13-01', '0x_' or '!!bool maybe'.
            kind = node.tag.rpartition(":")[2]
            raise ConstructorError(
                None, None, f"{_shortened(node.value)} is no {kind}; put text in quotes", node.start_mark
            ) from error


def _plain(_: object, node: Any) -> str:
    return str(node.value)


# A '=' or '<<' that is no key means nothing special, and PyYAML has no constructor for it.
for _tag in (_MERGE, _VALUE):
    yaml.add_constructor(_tag, _plain, _Loader)


def _mappings(value: yaml.Node) -> list[yaml.MappingNode]:
    nodes: list[yaml.Node] = value.value if isinstance(value, yaml.SequenceNode) else [value]
    mappings = [each for each in nodes if isinstance(each, yaml.MappingNode)]
    if len(mappings) != len(nodes):
        raise ConstructorError(
            None, None, "'<<' merges a mapping or a list of mappings; received others", value.start_mark
        )
    return mappings


def _refuse_too_many(number: int, most: int, what: str, mark: Mark) -> None:
    if number > most:
        raise ComposerError(None, None, f"a text holds at most {most:,} {what}; received {number:,} or more", mark)


def _refuse_too_deep(depth: int, mark: Mark) -> None:
    if depth > DEEPEST:
        raise ComposerError(
            None, None, f"values stand in one another at most {DEEPEST} deep; received {depth} or more", mark
        )


def _refuse_odd(node: yaml.ScalarNode) -> None:
    if node.tag != _TEXT and len(node.value) > LONGEST_NUMBER:
        kind = node.tag.rpartition(":")[2]
        raise ComposerError(
            None, None, f"a value of type {kind} has at most {LONGEST_NUMBER} characters; received {len(node.value):,}",
            node.start_mark,
        )  # fmt: skip
    odd = next((each for each in node.value if each == "\0" or "\ud800" <= each <= "\udfff"), None)
    if odd is not None:
        raise ComposerError(
            None, None, f"text holds neither NUL nor half a surrogate pair; received U+{ord(odd):04X}", node.start_mark
        )


def _refuse_doubled_keys(node: yaml.MappingNode) -> None:
    first: dict[tuple[str, str], Mark] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if (key.tag, key.value) in first:
            line = first[key.tag, key.value].line + 1
            remedy = "write <<: [*a, *b], of which the earlier wins" if key.tag == _MERGE else "leave one out"
            raise ComposerError(
                None, None, f"a key stands once in a mapping; {_shortened(key.value)} stands in line {line} already: {remedy}",
                key.start_mark,
            )  # fmt: skip
        first[key.tag, key.value] = key.start_mark


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_NUMBER else f"{text[:LONGEST_NUMBER]}..."
