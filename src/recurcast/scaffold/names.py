"""Names that a file's own makes: the pipeline's, and that of its copy in the project. Pure."""

import re
from pathlib import Path
from unicodedata import combining, normalize

from recurcast.config import COMMAND_WORDS


def pipeline_name(stem: str) -> str:
    """Return a valid name of a pipeline, made from that of its file."""
    letters = "".join(each for each in normalize("NFKD", stem) if not combining(each))
    name = re.sub(r"[^a-z0-9]+", "-", letters.lower()).strip("-")[:50]
    name = name if name[:1].isalpha() else f"series-{name}".rstrip("-")
    return f"{name}-series" if name in COMMAND_WORDS else name


def kept_name(file: Path, name: str) -> str:
    """Return what the copy of a file is called in the project of pipeline `name`: as the file, where YAML and Prefect can say it.

    Halves of characters can't be written, `{{` would be filled in by Prefect, and of nothing but an ending nothing is left.
    """
    own = file.name
    if file.stem.strip(".") and "{{" not in own and not file.stem.startswith(".") and _writable(own):
        return own
    endings = [each for each in own.lower().split(".")[1:] if re.fullmatch("[a-z0-9]{1,8}", each)]
    return ".".join([name, *endings[-2 if endings[-1:] in (["gz"], ["zst"]) else -1 :]])


def _writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return text.isprintable() or not any(each < " " or each == "\x7f" for each in text)
