"""Where a parent run keeps what is read again later."""

LOSSES = "scores/losses.parquet"
DECISION = "scores/decision.json"
LEADERBOARD = "scores/leaderboard.json"
COMPARISON_CHART = "charts/comparison.png"
INTERACTIVE_CHARTS = "charts/interactive.html"
FORECAST_CHART = "forecast/forecast.png"
