"""The networks and their fit: initial weights, warm starts, inference, export to numpy."""
