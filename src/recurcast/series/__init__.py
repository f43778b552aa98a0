"""How data comes in: the frame, its grid, sources, generation, fingerprint."""
