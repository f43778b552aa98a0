"""The flow files that a project needs: beside the source in a checkout, inside the package where it was installed."""

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def flows_folder() -> Path:
    """Return the folder of the flow files that belong to this version of Recurcast."""
    installed = _PACKAGE / "flows"  # put there by the wheel, see pyproject.toml
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "flows"


def flow_files() -> dict[str, str]:
    """Return the text of every flow file, by name."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(flows_folder().glob("*.py"))}
