"""The colours of every chart and page: Okabe & Ito's (2008), which colour-blind people can tell apart, greys for baselines."""

CELLS = {"rnn": "#E69F00", "lstm": "#0072B2", "gru": "#009E73"}
CHAMPION = "#5B2A86"
"""Dark, so that it stands out beside any cell."""
BASELINES = {"seasonal_naive": "#8A8A8A", "naive": "#B5B5B5", "moving_average": "#D0D0D0"}
BASELINE = BASELINES["seasonal_naive"]
"""Of the baseline where only one is shown."""
COMPETITORS = CELLS | {"champion": CHAMPION} | BASELINES

OBSERVED, NOTED = "#222222", "#444444"
"""What came; lines and words that point something out."""
FORECAST, FLAGGED = CELLS["lstm"], "#D55E00"
"""A forecast with its bands; a point outside of them."""
OPERATION = "#56B4E9"
"""What is no interval: a forecast's run, a backfill's."""
VERDICTS = {"promote": CHAMPION, "keep": BASELINE, "reject": FLAGGED}
