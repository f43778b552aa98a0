"""How a transformer cuts the steps of a window into tokens: one for each step, or patches where it is long."""

MOST_TOKENS = 32


def patch_of(steps: int) -> int:
    """Return how many steps a token holds: the fewest that leave 32 tokens or less."""
    return -(-steps // MOST_TOKENS)


def tokens_of(steps: int) -> int:
    """Return how many tokens a window has; the oldest may hold fewer steps than the others."""
    return -(-steps // patch_of(steps))
