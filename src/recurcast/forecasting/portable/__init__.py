"""Forecasts with numpy and pandas alone: what a promotion exports, and what reads it.

Nothing here imports Recurcast but by relative paths, and of it only what `series` has of grid, calendar and days: these
files travel inside artifacts, as a package of another name.
"""
