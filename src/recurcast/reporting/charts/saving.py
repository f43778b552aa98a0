"""The door out: a chart is one drawing, saved as PNG for MLflow and for files, as SVG for pages, its text as text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from io import BytesIO, StringIO
from threading import Lock

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from recurcast.reporting.charts.sheets import NARROW, PAPER, WIDE, Sheet, arrange
from recurcast.reporting.page.records import Picture

_SETTINGS = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "text.parse_math": False,  # what stands between two dollars of a user's is no formula
    "axes.edgecolor": "#8c959f",
    "axes.labelcolor": "#59636e",
    "xtick.color": "#59636e",
    "ytick.color": "#59636e",
}
_FAST = {"compress_level": 1}
"""Half the time of the default, for files that are a twentieth larger."""
_ID = re.compile(r' id="([^"]+)"')
_drawing = Lock()
"""matplotlib's settings and renderer are not made for several threads, and the cells are trained in one each."""


@dataclass(frozen=True)
class Chart:
    """One chart, for any sheet."""

    key: str
    title: str
    told: str
    """What it shows, for who can't see it."""
    draw: Callable[[Sheet], Figure]


def png_of(chart: Chart) -> bytes:
    """Return the chart as a PNG, below its title."""
    buffer = BytesIO()
    with _drawing, mpl.rc_context(_SETTINGS | {"font.size": PAPER.text}):
        figure = chart.draw(PAPER)
        figure.axes[0].set_title(chart.title, loc="left")
        canvas = FigureCanvasAgg(figure)
        arrange(figure, PAPER, canvas.get_renderer())
        canvas.print_png(buffer, pil_kwargs=_FAST)
    return buffer.getvalue()


def picture_of(chart: Chart) -> Picture:
    """Return the chart for a page: as SVG for screens and paper, and for a phone."""
    return Picture(svg_of(chart, WIDE), svg_of(chart, NARROW), chart.title, chart.told)


def svg_of(chart: Chart, sheet: Sheet = WIDE) -> str:
    """Return the chart as a part of a page; title and description are what a screen reader says."""
    key, buffer = f"{chart.key}-{sheet.name}", StringIO()
    own = {"font.size": sheet.text, "axes.titlesize": sheet.text, "svg.hashsalt": key}
    with _drawing, mpl.rc_context(_SETTINGS | own):
        figure = chart.draw(sheet)
        arrange(figure, sheet, FigureCanvasAgg(figure).get_renderer())
        FigureCanvasSVG(figure).print_svg(
            buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return _inline(buffer.getvalue(), key, chart)


def _inline(svg: str, key: str, chart: Chart) -> str:
    """The drawing as a part of a page: ids of its own, no size of its own, a name for who can't see it."""
    body = svg[svg.index("<svg") :]
    viewbox = re.search(r'viewBox="[^"]+"', body)
    assert viewbox is not None, "matplotlib says how large it draws"
    inner = body[body.index(">") + 1 : body.rindex("</svg>")]
    inner = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", inner, flags=re.DOTALL)
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', inner))
    targets = {name for pair in used for name in pair if name}
    inner = _ID.sub(lambda match: f' id="{key}-{match[1]}"' if match[1] in targets else "", inner)
    inner = re.sub(r'(href="#|url\(#)', rf"\g<1>{key}-", inner).replace("xlink:href", "href")
    # The page's own font, and nothing that says nothing: half the size of a chart with many labels.
    inner = re.sub(r' font-family: [^;"]+;?| transform="rotate\(-0 [^"]+"', "", inner)
    inner = re.sub(r"\n\s*", "\n", inner)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {viewbox[0]} aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(chart.title)}</title><desc id="{key}-desc">{escape(chart.told)}</desc>{inner}</svg>'
    )
