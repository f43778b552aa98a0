"""The colours of every chart and page: Okabe & Ito's (2008), which colour-blind people can tell apart, greys for baselines."""

from recurcast.config import CELLS

CHAMPION = "#5B2A86"
"""Dark, so that it stands out beside any cell."""
BASELINES = {"seasonal_naive": "#8A8A8A", "naive": "#B5B5B5", "moving_average": "#D0D0D0"}
BASELINE = BASELINES["seasonal_naive"]
"""Of the baseline where only one is shown."""
COMPETITORS = {name: cell.colour for name, cell in CELLS.items()} | {"champion": CHAMPION} | BASELINES

OBSERVED, NOTED = "#222222", "#444444"
"""What came; lines and words that point something out."""
FORECAST, FLAGGED, DONE = "#0072B2", "#D55E00", "#009E73"
"""A forecast with its bands; a point outside of them; what went well."""
OPERATION = "#56B4E9"
"""What is no interval: a forecast's run, a backfill's."""
VERDICTS = {"promote": CHAMPION, "keep": BASELINE, "reject": FLAGGED}


def readable_on(colour: str) -> str:
    """Return the colour of words on a bar of that colour: dark where it is bright."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return OBSERVED if 0.299 * red + 0.587 * green + 0.114 * blue > 150 else "white"
