from pathlib import Path

import pandas as pd
import pytest

from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.forecast_files import beside, forecast_file, refuse_other_endings, write_frame
from support.tiny import AS_OF, tiny_pipeline

ROWS = pd.DataFrame(
    {
        "unique_id": ["a"],
        "ds": pd.DatetimeIndex([AS_OF]).as_unit("ns"),
        "y_hat": [0.1 + 0.2],
        "model_version": pd.array([3], dtype="Int64"),
        "as_of": [pd.Timestamp(AS_OF)],
    }
)


def test_a_forecast_stands_where_the_pipeline_says_under_a_name_without_colons():
    root = Path("/project")

    file = forecast_file(tiny_pipeline(), root, AS_OF)

    assert file == root / "data/tiny/forecasts/2024-06-01T000000Z.parquet"
    assert beside(file).name == "2024-06-01T000000Z.flags.parquet"
    elsewhere = tiny_pipeline(forecast={"output": "out/of/tiny"})
    assert forecast_file(elsewhere, root, AS_OF).parent == root / "out/of/tiny"


@pytest.mark.parametrize("name", ["deep/down/f.parquet", "f.csv"])
def test_a_frame_is_read_back_as_it_was_written_and_nothing_else_is_left(tmp_path, name):
    write_frame(ROWS, tmp_path / name)
    write_frame(ROWS, tmp_path / name)

    path = tmp_path / name
    read = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    assert read["y_hat"].tolist() == [0.1 + 0.2]
    assert read["model_version"].tolist() == [3]
    assert pd.to_datetime(read["ds"]).tolist() == [pd.Timestamp(AS_OF)]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_csv_writes_instants_as_everywhere_else(tmp_path):
    write_frame(ROWS, tmp_path / "f.csv")

    assert (tmp_path / "f.csv").read_text().splitlines()[
        1
    ] == "a,2024-06-01T00:00:00Z,0.30000000000000004,3,2024-06-01T00:00:00Z"


def test_another_ending_and_a_place_that_cannot_be_written_are_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"ends in \.parquet or \.csv; received 'f\.xlsx'"):
        refuse_other_endings(Path("f.xlsx"), (".parquet", ".csv"))
    refuse_other_endings(None, (".png",))
    (tmp_path / "file").write_text("")
    with pytest.raises(RecurcastError, match="can't be written"):
        write_frame(ROWS, tmp_path / "file" / "f.csv")
