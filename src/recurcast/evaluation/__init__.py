"""Competitors on the same windows: metrics, losses, conformal intervals, track record."""
