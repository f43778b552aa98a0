"""Validation: what the data must keep to before anything is trained. The door to great_expectations is `checking`."""
