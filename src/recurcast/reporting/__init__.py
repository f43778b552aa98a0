"""Records into charts, a page, notes and cards."""
