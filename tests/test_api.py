import pandas as pd
import pytest

import recurcast
from recurcast.errors import ConfigurationError
from support.projects import AS_OF, demand


@pytest.fixture
def trained(project):
    project.write(demand())
    return project


def test_a_pipeline_is_loaded_and_run_with_the_records_that_the_command_line_prints(trained):
    pipeline = recurcast.load_pipeline("demand")
    result = recurcast.run(pipeline, as_of=AS_OF)

    assert pipeline.windows.lookback == 4
    assert result.outcome == "trained"
    assert "seasonal_naive" in repr(result)
    assert trained.client.get_run(result.run_id).info.status == "FINISHED"
    assert result.registration is not None
    forecast = recurcast.forecast("demand", as_of=AS_OF)
    assert forecast["model_version"].unique().tolist() == [result.registration.version]
    assert forecast["ds"].min() >= pd.Timestamp(AS_OF)


def test_a_changed_configuration_is_an_experiment_unless_told_otherwise(trained):
    pipeline = recurcast.load_pipeline("demand")
    changed = pipeline.model_copy(update={"season": 2})

    assert recurcast.run(changed, as_of=AS_OF).registration is None
    assert recurcast.run(changed, as_of=AS_OF, promote=True).registration is not None


def test_an_unknown_pipeline_is_named_with_the_nearest_one(trained):
    with pytest.raises(ConfigurationError, match="Did you mean 'demand'"):
        recurcast.load_pipeline("demmand")


def test_the_package_has_nothing_else_at_its_top():
    with pytest.raises(AttributeError, match="no attribute 'backfill'"):
        _ = recurcast.backfill
