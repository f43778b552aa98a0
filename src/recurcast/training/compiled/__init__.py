"""Epochs as compiled programs: which program a fit runs, and the cells with their way back."""
