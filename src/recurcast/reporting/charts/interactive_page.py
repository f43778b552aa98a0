"""The door to plotly: interactive charts as a page, with plotly.js from elsewhere or inside the page."""

import gzip
import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

_COLOURS = 128


_PAGE = Path(__file__).with_name("interactive.html")


def page_of(title: str, figures: Sequence[dict[str, Any] | str], library: str) -> str:
    """Return a page of figures, those of plotly's to zoom into and SVG.

    `library` is the id of the run of MLflow's that keeps plotly.js, or empty: then it stands in the page itself.
    """
    # No text of a user's may end the script that it stands in.
    content = json.dumps({"title": title, "figures": figures, "library": library}).replace("<", "\\u003c")
    inside = "" if library else f"<script>{packed_library()}</script>"
    return _PAGE.read_text("utf-8").replace("__CONTENT__", content) + inside


@cache
def packed_library() -> str:
    """Return plotly.js, packed, as a script that hands it to the page: 2 MB instead of 4.8."""
    import plotly

    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    packed = b64encode(gzip.compress(source.read_bytes(), 6, mtime=0)).decode()
    return f'unpackLibrary("{packed}")'


def embeddable(png: bytes) -> bytes:
    """Return the chart as a PNG of 128 colours, about a quarter of the bytes: whoever embeds it stores it with each page."""
    smaller = BytesIO()
    with Image.open(BytesIO(png)) as picture:
        colours = picture.convert("RGB").quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        colours.save(smaller, "PNG")
    return smaller.getvalue()
