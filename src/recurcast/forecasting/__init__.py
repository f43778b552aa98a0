"""Forecasts and flags of a champion, from a bundle that numpy alone can read."""
