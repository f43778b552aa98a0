import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from recurcast.scaffold.files import flow_files

REPOSITORY = Path(__file__).parents[2]


def test_what_init_writes_are_the_flow_files_of_this_repository() -> None:
    assert flow_files() == {file.name: file.read_text() for file in (REPOSITORY / "flows").glob("*.py")}
    assert {"train.py", "forecast.py", "backfill.py", "tasks.py"} <= flow_files().keys()


def test_a_wheel_holds_them_too(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(REPOSITORY)).build(directory=str(tmp_path), versions=["standard"])

    with zipfile.ZipFile(wheel) as archive:
        packed = {
            Path(name).name: archive.read(name).decode()
            for name in archive.namelist()
            if name.startswith("recurcast/flows/") and name.endswith(".py")
        }
    assert packed == flow_files()
