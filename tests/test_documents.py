"""What README and docs say is held against the code, so that it can't rot."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

from recurcast.config import PipelineConfig
from recurcast.config.ahead import KnownAhead
from recurcast.config.schedule import Schedule
from support.documents import PAGES, REPOSITORY, blocks, prose

DOCS = REPOSITORY / "docs"


@pytest.fixture(scope="module")
def generated():
    """The pages that are written from the code, by name, as `make docs` would write them now."""
    sys.path.insert(0, str(DOCS))
    try:
        import generate

        return {name: write() for name, write in generate.PAGES.items()}
    finally:
        sys.path.remove(str(DOCS))


@pytest.mark.parametrize("name", ["configuration.md", "command_line.md"])
def test_a_generated_page_is_the_one_that_the_code_gives_now(generated, name):
    assert (DOCS / name).read_text(encoding="utf-8") == generated[name], "run: make docs"


def test_every_field_of_every_model_has_a_description_and_an_example(generated):
    rows = [line for line in generated["configuration.md"].splitlines() if line.startswith("| `")]

    assert len(rows) > 80
    for row in rows:
        *_, description, example, _ = re.split(r"(?<!\\)\|", row)
        assert description.strip(), row
        assert example.strip(), row


def test_the_examples_are_valid():
    examples = yaml.safe_load((DOCS / "from_code" / "examples.yaml").read_text(encoding="utf-8"))

    del examples["pipeline"]["checks"][
        "max_silence"
    ]  # of networks whose windows may miss steps, which see no covariates

    assert examples["pipeline"]["training"].pop("stream"), "of lakes alone, and in the place of a sample"
    for source in examples["pipeline"].pop("source"):
        for block in source.pop("known_ahead", ()):  # for highways, too
            KnownAhead.model_validate(block)
        for name in ("static", "categories"):  # as well
            source.get("columns", {}).pop(name, None)
        PipelineConfig.model_validate(examples["pipeline"] | {"source": source})
    for kind in ("cron", "interval", "rrule"):
        others = {"cron", "interval", "rrule", "anchor_date", "day_or"} - {kind}
        keys = {"cron": {"day_or"}, "interval": {"anchor_date"}, "rrule": set()}[kind]
        block = {key: value for key, value in examples["schedule"].items() if key not in others - keys}
        Schedule.model_validate(block | ({"timezone": "UTC"} if kind == "interval" else {}))


def test_every_link_leads_to_a_file_and_every_anchor_to_a_heading():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
            if "://" in target:
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), f"{page.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
                assert anchor in [re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings], target


def test_the_index_names_every_page():
    linked = set(re.findall(r"\]\(([^)\s#]+)\)", (DOCS / "index.md").read_text(encoding="utf-8")))

    assert {page.name for page in DOCS.glob("*.md")} - {"index.md"} <= linked


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.place)
def test_python_in_the_pages_compiles(block):
    compile(block.text, block.place, "exec")


@pytest.mark.parametrize("block", blocks("text", pages=(DOCS / "faq.md",)), ids=lambda block: block.place)
def test_a_message_in_the_questions_is_one_that_the_code_can_raise(block):
    said = _strings_of_the_source()
    for fragment in re.split(r"…|prefect\.yaml", block.text.strip()):
        words = fragment.strip(" .,:;'()")
        assert len(words) < 4 or any(words in each for each in said), fragment


@cache
def _strings_of_the_source() -> tuple[str, ...]:
    """All literals of the source, implicit concatenations as one; what is filled in later is cut out."""
    literals = [(REPOSITORY / "Makefile").read_text(encoding="utf-8")]
    for file in sorted(Path(REPOSITORY / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
                literals.append("".join(str(part) for part in parts).replace("\0\0", "\0"))
    return tuple(literals)
