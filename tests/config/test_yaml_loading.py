"""YAML is read alike by whichever PyYAML, and what a text lays out is bounded.

PyYAML 6.0.4 turned the order of merges. A test may not fetch it, so both versions' merge is put into the base class here;
`benchmarks/pyyaml_versions.py` runs this file with the versions themselves.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml.constructor import SafeConstructor

from recurcast.config import yaml_loading
from recurcast.config.project_file import read_project_file
from recurcast.config.yaml_loading import (
    DEEPEST,
    MOST_BYTES,
    MOST_CHARACTERS,
    MOST_NODES,
    MOST_WRITTEN,
    InvalidYaml,
    load_yaml,
)
from recurcast.errors import ConfigurationError
from recurcast.scaffold.files import sine_project_file
from recurcast.scheduling.deployments.deploy import _copy_to_deploy
from recurcast.scheduling.deployments.deployed import Standing
from support.documents import REPOSITORY, blocks

ALWAYS_ALIKE = settings(derandomize=True, deadline=None, database=None)

BOTH = """
deployments:
  - &sine
    <<: *flow
    name: sine
    parameters: {pipeline: {<<: *small, name: sine}}
  - <<: [*forecast, *sine]
"""


def merging(last_wins: bool) -> Callable[[Any, Any], None]:
    """Return the merge of PyYAML 6.0.4, where the last mapping of a list wins, or that of 6.0.3, where the first does.

    6.0.4 itself tells keys apart by the identity of their text, so that of keys of one letter the first still wins there.
    """

    def flatten_mapping(self: Any, node: yaml.MappingNode) -> None:
        merged, own = [], []
        for key, value in node.value:
            if key.tag != "tag:yaml.org,2002:merge":
                own.append((key, value))
                continue
            mappings = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for each in mappings if last_wins else mappings[::-1]:
                self.flatten_mapping(each)
                merged.extend(each.value)
        node.value = merged + own

    return flatten_mapping


@contextmanager
def pyyaml(last_wins: bool) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SafeConstructor, "flatten_mapping", merging(last_wins))
        chosen = yaml.safe_load("[&a {x: 1}, &b {x: 2}, {<<: [*a, *b]}]")[2]
        assert chosen == {"x": 2 if last_wins else 1}
        yield


@pytest.fixture(params=[False, True], ids=["as 6.0.3 merges", "as 6.0.4 merges"])
def either(request: pytest.FixtureRequest) -> Iterator[None]:
    with pyyaml(request.param):
        yield


def problem(text: str) -> str:
    with pytest.raises(InvalidYaml) as caught:
        load_yaml(text)
    return caught.value.problem


# Merges


@pytest.mark.usefixtures("either")
def test_of_merged_mappings_the_earlier_wins_and_a_key_of_ones_own_over_all() -> None:
    text = "[&a {x: 1, y: 1}, &b {x: 2, z: 2, w: 2}, {<<: [*a, *b], w: 3}]"

    assert load_yaml(text)[2] == {"x": 1, "y": 1, "z": 2, "w": 3}


@pytest.mark.usefixtures("either")
def test_an_old_file_whose_forecasts_merge_in_an_order_is_read_as_it_was_meant(
    write_project: Callable[[str], Path],
) -> None:
    train, forecast = read_project_file(write_project(BOTH)).deployments

    assert (train.entrypoint, forecast.entrypoint) == ("flows/train.py:train", "flows/forecast.py:forecast")
    assert forecast.block["work_pool"] == {"name": "recurcast", "work_queue_name": "forecast"}
    assert forecast.parameters == train.parameters


@pytest.mark.usefixtures("either")
def test_what_prefect_is_given_of_an_old_file_has_no_merge_left_in_it(write_project: Callable[[str], Path]) -> None:
    project = read_project_file(write_project(BOTH))
    standings = [Standing(each, f"{each.name}/{each.name}", False, ()) for each in project.deployments]
    with _copy_to_deploy(project, standings) as copy:
        text = copy.read_text(encoding="utf-8")

    assert "<<" not in text
    assert [each["entrypoint"] for each in yaml.safe_load(text)["deployments"]] == [
        each.entrypoint for each in project.deployments
    ]


def shipped() -> dict[str, str]:
    """Return every text of YAML that we ship with a merge in it."""
    examples = {
        block.place: "\n".join([_ANCHORS, "deployments:", block.text]) for block in blocks("yaml") if "<<" in block.text
    }
    ours = (REPOSITORY / "prefect.yaml").read_text(encoding="utf-8")
    return {"prefect.yaml": ours, "of init": sine_project_file()} | examples


_ANCHORS = sine_project_file().partition("deployments:")[0]


@pytest.mark.parametrize("name", shipped())
@pytest.mark.usefixtures("either")
def test_no_merge_that_we_ship_depends_on_an_order(name: str) -> None:
    text = shipped()[name].replace("    ...\n", "")
    deployments = yaml.safe_load(text)["deployments"]

    assert load_yaml(text)["deployments"] == deployments
    flows = [each["entrypoint"].rpartition(":")[2] for each in deployments if each["name"] != "backfill"]
    assert flows == ["train", "forecast"] * (len(flows) // 2)
    assert flows


@dataclass(frozen=True)
class Merging:
    """A mapping of a document: its own pairs, and which earlier mappings it merges, the first one first."""

    own: Mapping[str, int]
    merges: tuple[int, ...]


@st.composite
def documents(draw: st.DrawFn) -> tuple[Merging, ...]:
    mappings: list[Merging] = []
    for number in range(draw(st.integers(1, 6))):
        merges = tuple(draw(st.lists(st.integers(0, number - 1), max_size=3))) if number else ()
        mappings.append(Merging(draw(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9))), merges))
    return tuple(mappings)


def written(document: tuple[Merging, ...]) -> str:
    lines = []
    for number, mapping in enumerate(document):
        pairs = [f"{key}: {value}" for key, value in mapping.own.items()]
        if mapping.merges:
            aliases = ", ".join(f"*m{other}" for other in mapping.merges)
            # A merge may stand anywhere among the pairs, and a single one without brackets.
            pairs.insert(len(pairs) // 2, f"<<: {aliases if len(mapping.merges) == 1 else f'[{aliases}]'}")
        lines.append(f"- &m{number} {{{', '.join(pairs)}}}")
    return "\n".join(lines)


def meant(document: tuple[Merging, ...]) -> list[dict[str, int]]:
    """Return what YAML's specification of the merge key makes of it."""
    laid_out: list[dict[str, int]] = []
    for mapping in document:
        values = dict(mapping.own)
        for other in mapping.merges:
            for key, value in laid_out[other].items():
                values.setdefault(key, value)
        laid_out.append(values)
    return laid_out


@pytest.mark.parametrize("last_wins", [False, True])
@ALWAYS_ALIKE
@given(document=documents())
def test_any_nest_of_merges_is_read_as_the_specification_has_it(last_wins: bool, document: tuple[Merging, ...]) -> None:
    with pyyaml(last_wins):
        assert load_yaml(written(document)) == meant(document)


plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | plain_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_text, inner, max_size=4),
    max_leaves=20,
)


@ALWAYS_ALIKE
@given(value=values)
def test_whatever_is_written_as_yaml_is_read_back(value: object) -> None:
    assert load_yaml(yaml.safe_dump(value, allow_unicode=True)) == value


@ALWAYS_ALIKE
@given(text=st.text("ab-:[]{}&*!<>|'\"#%@`=?,\\ \t\n019._~\ufeff\0xuU", max_size=40) | st.text(max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(InvalidYaml):
        load_yaml(text)


# Bounds


def nested(levels: int, width: int) -> str:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]" for level in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (nested(30, 10), f"at most {MOST_NODES:,} values with all aliases laid out; received 211,111 or more"),
        (f"- &a {'x' * 100_000}\n- [{'*a ,' * 1000}]", f"at most {MOST_CHARACTERS:,} characters with all aliases"),
        ("[" * 100_000, f"at most {DEEPEST} deep; received 51 or more"),
        ("- " * 100_000, f"at most {DEEPEST} deep; received 51 or more"),
        ("? " * 100_000, f"at most {DEEPEST} deep; received 51 or more"),
        (nested(DEEPEST + 10, 1), f"at most {DEEPEST} deep; received 51 or more"),
        ("#" * (MOST_BYTES + 1), f"at most {MOST_BYTES:,} characters; received 2,000,001"),
        ("a: 1" + ":1" * 100_000, "int has at most 100 characters; received 200,001"),
        ("9" * 5000, "int has at most 100 characters; received 5,000"),
    ],
    ids=["anchors", "text", "brackets", "dashes", "questions", "aliases", "bytes", "sexagesimal", "digits"],
)
def test_what_would_take_minutes_or_gigabytes_is_refused_with_the_bound(text: str, says: str) -> None:
    assert says in problem(text)


def test_a_list_of_more_values_than_are_read_is_left_where_the_bound_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_loading, "MOST_WRITTEN", 1000)  # the bound itself takes seconds

    assert problem("[" + "1," * 100_000 + "]") == "a text holds at most 1,000 values; received 1,001 or more"
    assert MOST_WRITTEN == 100_000


def test_what_lies_within_the_bounds_is_read() -> None:
    deep = "[" * DEEPEST + "]" * DEEPEST

    assert load_yaml(deep) is not None
    assert len(load_yaml(nested(5, 10))["a4"]) == 10


def test_a_file_of_more_bytes_than_are_read_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "prefect.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000_000)

    with pytest.raises(ConfigurationError, match="at most 2,000,000 bytes; received 100,000,000,000"):
        read_project_file(tmp_path)


# Odd texts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &a [*a]", "the anchor 'a' stands inside itself"),
        ("a: &a {<<: *a}", "the anchor 'a' stands inside itself"),
        ("a: *b", "found undefined alias 'b'"),
        ("a: 1\nb: 2\na: 3", "a key stands once in a mapping; 'a' stands in line 1 already"),
        ("{&a x: 1, <<: {y: 1}, <<: {y: 2}}", "write <<: [*a, *b], of which the earlier wins"),
        ("{<<: [1]}", "'<<' merges a mapping or a list of mappings"),
        ("{<<: 1}", "'<<' merges a mapping or a list of mappings"),
        ("2024-13-45", "'2024-13-45' is no timestamp; put text in quotes"),
        ("2024-01-01T00:00:00+99:00", "is no timestamp"),
        ("0x_", "'0x_' is no int"),
        ("!!bool maybe", "'maybe' is no bool"),
        ("!!int ''", "'' is no int"),
        ("!!timestamp soon", "'soon' is no timestamp"),
        ("!!python/object/apply:os.system [ls]", "a tag is one of !!null, "),
        ("!!binary aGk=", "received 'tag:yaml.org,2002:binary'"),
        ("!!set {a}", "received 'tag:yaml.org,2002:set'"),
        ("%TAG ! tag:x\n---\n!y z", "received 'tag:xy'"),
        ("a\0b", "text holds no character 0x0000"),
        (r'"a\0b"', "neither NUL nor half a surrogate pair; received U+0000"),
        (r'"\ud800"', "received U+D800"),
        (r'"\UFFFFFFFF"', "an escape in a text stands for no character"),
        ("{[1]: 2}", "found unhashable key"),
        ("a: 1\n---\nb: 2", "expected a single document in the stream: but found another document"),
    ],
)
def test_what_is_not_yaml_or_not_for_a_project_is_refused_in_words(text: str, says: str) -> None:
    assert says in problem(text)


def test_the_line_of_a_refusal_counts_from_one_whatever_refuses() -> None:
    for text in ("a: 1\nb: *c", "a: 1\nb: \0", "a: 1\na: 1", "a: 1\nb: 2024-13-45", "a: 1\nb: !!set {}"):
        with pytest.raises(InvalidYaml) as caught:
            load_yaml(text)
        assert caught.value.line == 2, text


def test_signs_that_mean_something_as_keys_only_are_text_elsewhere() -> None:
    assert load_yaml("[=, <<, {'<<': 1}]") == ["=", "<<", {"<<": 1}]


def test_a_byte_order_mark_is_no_part_of_a_file(write_project: Callable[[str], Path]) -> None:
    root = write_project(BOTH)
    path = root / "prefect.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert len(read_project_file(root).deployments) == 2


def test_a_file_in_utf_16_is_told_to_be_saved_as_utf_8(write_project: Callable[[str], Path]) -> None:
    root = write_project(BOTH)
    path = root / "prefect.yaml"
    path.write_text(path.read_text(), encoding="utf-16")

    with pytest.raises(ConfigurationError, match=r"can't be read as UTF-8 text: .* Save it as UTF-8\."):
        read_project_file(root)
