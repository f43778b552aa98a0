"""What a file is, by the end of its name in any case, and whether it is there."""

from pathlib import Path
from typing import Literal

from recurcast.errors import DataRejected

Kind = Literal["text", "json", "monash", "parquet", "workbook"]
_ENDINGS: dict[str, Kind] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), "text"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "json"),
    ".tsf": "monash",
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".xlsx", ".xlsm"), "workbook"),
}
_PACKED = (".gz", ".zst")
_TOLD = {"text": "CSV", "json": "JSON", "monash": "text of Monash's form", "parquet": "Parquet", "workbook": "workbook"}
_INSTEAD = {
    **dict.fromkeys((".xls", ".xlsb", ".ods", ".numbers"), "Save it as .xlsx, or its sheet as .csv"),
    **dict.fromkeys((".zip", ".7z", ".tar", ".tgz", ".bz2", ".xz", ".rar"), "Unpack it and name the file inside"),
}


def kind_of(path: Path, shown: str) -> Kind:
    """Return what a file is by its name. Raises DataRejected where that is nothing that is read."""
    suffixes = [f".{each}" for each in path.name.lower().split(".")[1:]]
    packed = bool(suffixes) and suffixes[-1] in _PACKED
    inner = "".join(suffixes[-2:-1] if packed else suffixes[-1:])
    kind = _ENDINGS.get(inner)
    if kind is not None and not (packed and kind in ("parquet", "workbook")):
        return kind
    ending = "".join(suffixes[-2:] if packed else suffixes[-1:])
    raise DataRejected(
        "a file is .csv, .tsv, .txt, .jsonl, .json or .tsf, each also .gz or .zst, or .parquet or .xlsx",
        f"'{shown}' ends in '{ending}'" if ending else f"the name '{shown}' has no ending",
        _INSTEAD.get(ending, "Convert it" if ending else "Name it by what it is, such as .csv"),
    )


def told(kind: Kind) -> str:
    """Return what people call a file of a kind."""
    return _TOLD[kind]


def refuse_unusable(path: Path, shown: str) -> None:
    """Raise DataRejected where there is no such file, or nothing in it."""
    try:
        if path.is_dir():
            remedy = "Name a .csv or .parquet file in it, or read all of them by source.kind folder"
            raise DataRejected("a source is one file", f"'{shown}' is a folder", remedy)
        if not path.exists():
            raise DataRejected("a source is a file that exists", f"'{shown}' was not found", "Check `source.path`")
        if path.stat().st_size == 0:
            raise DataRejected("a file has a header and rows", f"'{shown}' is empty", "Check what writes it")
    except OSError as error:  # a folder on the way that may not be looked into, a name that is too long
        raise DataRejected(
            "a source is a file that can be read", f"'{shown}': {error.strerror}", "Check its path and permissions"
        ) from error
