"""What Prefect's forms show of the flows' parameters: everything with a description, numbers with their limits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import validate

ROOT = Path(__file__).parents[2]
ENTRYPOINTS = sorted(
    {each["entrypoint"] for each in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]}
)
IN_THE_SERIES_UNITS = {
    "min_value",
    "max_value",
    "missing_values",
    "level",
    "trend",
    "amplitude",
    "phase",
    "autoregression",
}
"""Any number is one of these."""
LIMITS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}


def fields_of(schema):
    """Every field of the form, with those of the blocks inside it, by where it stands."""
    blocks = {"": schema, **schema.get("definitions", {})}
    return {
        f"{name}.{field}": (field, content)
        for name, block in blocks.items()
        for field, content in block["properties"].items()
    }


def kinds_of(content):
    """The alternatives of a field, and of the items of a list."""
    kinds = content.get("anyOf", [content])
    return [*kinds, *(kind["items"] for kind in kinds if "items" in kind)]


@pytest.fixture(params=ENTRYPOINTS)
def fields(request):
    flow = load_flow_from_entrypoint(f"{ROOT / request.param}")
    return fields_of(parameter_schema(flow).model_dump_for_openapi())


def test_every_field_of_every_form_has_a_title_and_says_what_it_is(fields):
    for place, (_, content) in fields.items():
        assert content.get("description"), place
        assert content.get("title") or any("$ref" in kind for kind in kinds_of(content)), place


def test_every_number_has_limits_and_the_form_says_them(fields):
    for place, (field, content) in fields.items():
        for kind in kinds_of(content):
            if kind.get("type") in ("integer", "number") and field not in IN_THE_SERIES_UNITS:
                assert LIMITS & kind.keys(), place
                assert any(f"{kind[limit]:,}" in content["description"] for limit in LIMITS & kind.keys()), place


def test_a_choice_of_words_is_a_list_to_choose_from_and_the_source_a_form_of_its_own():
    backfill, train = (
        parameter_schema(load_flow_from_entrypoint(f"{ROOT / 'flows' / name}.py:{name}")).model_dump_for_openapi()
        for name in ("backfill", "train")
    )

    assert backfill["properties"]["reprocess"]["enum"] == ["missing", "failed", "stale", "all"]
    assert backfill["properties"]["limit"]["anyOf"][0]["minimum"] == 1
    assert backfill["properties"]["concurrency"]["maximum"] == 64
    source = train["definitions"]["PipelineConfig"]["properties"]["source"]
    assert [kind["$ref"].rpartition("/")[2] for kind in source["anyOf"]] == [
        "FileSource",
        "FolderSource",
        "SqlSource",
        "PythonSource",
        "GeneratedSource",
    ]


def test_a_named_file_of_days_is_deployed_as_it_is_written():
    schema = parameter_schema(
        load_flow_from_entrypoint(f"{ROOT / 'flows' / 'train.py'}:train")
    ).model_dump_for_openapi()
    (block,) = (
        each["parameters"]
        for each in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
        if each.get("name") == "stocks" and "forecast" not in each["entrypoint"]
    )
    for entry in ("holidays:US", {"school_holidays": "data/days.csv"}):
        pipeline = block["pipeline"] | {"frequency": "sessions:XNYS", "network": {"calendar": ["weekday", entry]}}
        assert validate({"pipeline": pipeline}, schema, ignore_required=True, preprocess=False) == []
    wrong = block["pipeline"] | {"network": {"calendar": [7]}}
    assert validate({"pipeline": wrong}, schema, ignore_required=True, preprocess=False) != []


def test_who_deploys_reads_the_flows_without_importing_what_their_runs_need():
    heavy = {"mlflow", "tensorflow", "great_expectations", "matplotlib"}
    files = ", ".join(Path(each.partition(":")[0]).stem for each in ENTRYPOINTS)

    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {files}; print({heavy} & set(sys.modules))"],
        cwd=ROOT / "flows",
        env=os.environ | {"PYTHONPATH": str(ROOT / "flows")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "set()\n"
