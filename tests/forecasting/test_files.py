from pathlib import Path

import pandas as pd
import pytest

from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.forecasting.files import beside, forecast_file, refuse_other_endings, without_apostrophes, write_frame
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


@pytest.mark.parametrize("output", ["../x", "/tmp/x", "a/../../x", "..", "./../x", "//x", "a\0b"])
def test_a_folder_outside_of_the_project_is_refused_as_the_configuration_is_read(output):
    with pytest.raises(ValueError, match=r"forecast\.output is a folder below the project's; received"):
        tiny_pipeline(forecast={"output": output})


@pytest.mark.parametrize("output", ["out", "a/../b", "./out", ".", "..out/x", "data/tiny"])
def test_a_folder_inside_of_the_project_is_taken(tmp_path, output):
    file = forecast_file(tiny_pipeline(forecast={"output": output}), tmp_path, AS_OF)

    assert file.resolve().is_relative_to(tmp_path.resolve())


@pytest.mark.parametrize("output", [None, "out/of/tiny"])
def test_a_link_that_leads_out_of_the_project_is_refused_where_files_are_written(tmp_path, output):
    root, outside = tmp_path / "project", tmp_path / "outside"
    outside.mkdir()
    pipeline = tiny_pipeline(forecast={"output": output})
    link = root / (output or "data/tiny/forecasts")
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)

    with pytest.raises(ConfigurationError, match="by a link"):
        forecast_file(pipeline, root, AS_OF)
    link.unlink()
    link.symlink_to(root / "elsewhere")
    assert forecast_file(pipeline, root, AS_OF).parent == link


def test_the_projects_data_may_lie_on_another_disk(tmp_path):
    root, disk = tmp_path / "project", tmp_path / "disk"
    root.mkdir()
    disk.mkdir()
    (root / "data").symlink_to(disk)

    assert forecast_file(tiny_pipeline(), root, AS_OF).parent == root / "data" / "tiny" / "forecasts"


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


def test_ids_that_a_spreadsheet_would_evaluate_are_written_as_text_and_read_back_as_they_were(tmp_path):
    ids = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "\rx", "'=x", "plain", "o'clock"]
    rows = pd.concat([ROWS] * len(ids), ignore_index=True).assign(unique_id=ids, y_hat=-1.5)
    write_frame(rows, tmp_path / "f.csv")
    write_frame(rows, tmp_path / "f.parquet")

    read = pd.read_csv(tmp_path / "f.csv", dtype={"unique_id": str})
    assert not any(each.startswith(tuple("=+-@\t\r")) for each in read["unique_id"])
    assert without_apostrophes(read["unique_id"]).tolist() == ids
    documented = read["unique_id"].str.replace(r"^'(?='*[=+\-@\t\r\n＝＋－＠])", "", regex=True)
    assert documented.tolist() == ids
    assert read["y_hat"].tolist() == [-1.5] * len(ids)
    assert pd.read_parquet(tmp_path / "f.parquet")["unique_id"].tolist() == ids


def test_another_ending_and_a_place_that_cannot_be_written_are_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"ends in \.parquet or \.csv; received 'f\.xlsx'"):
        refuse_other_endings(Path("f.xlsx"), (".parquet", ".csv"))
    refuse_other_endings(None, (".png",))
    (tmp_path / "file").write_text("")
    with pytest.raises(RecurcastError, match="can't be written"):
        write_frame(ROWS, tmp_path / "file" / "f.csv")
