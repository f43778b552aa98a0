"""Sources of which a run reads the interval that it needs."""
