"""Epochs as compiled programs: which program a fit runs, and the three cells with their way back."""
