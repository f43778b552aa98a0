"""The gate: who is to be champion and why, as values."""
