"""How far back a ridge highway reaches, and what it does not read: stated, that is refused, so that nobody tunes it in vain."""

from recurcast.config.network import NetworkConfig, TrainingConfig
from recurcast.config.parts import Checks, Parts

REACH_SEASONS = 4
"""Seasons before the lookback that its spread comes from, too."""
_YEARS = {"D": 364, "B": 260}
"""Steps in a year of whole weeks."""
_FEWEST_YEARS = 5
AROUND = 7
"""Steps around the same ones a year before that are inputs, too."""
RULED = (
    *("epochs", "batch_size", "learning_rate", "schedule", "clip_norm"),
    *("loss", "patience", "weights", "warm_start"),
)
"""Fields of the training that a highway has rules for."""


def year_of(frequency: str | None, season: int, horizon: int, steps: int) -> int:
    """Return the steps in a year where series of days, or business days, may be five years long or more; else 0.

    The same days a year before are then further inputs where they help; a horizon of a year has none that are known.
    """
    year = _YEARS.get(frequency or "", 0)
    return year if season < year and horizon + AROUND <= year and steps >= _FEWEST_YEARS * year else 0


def refuse_unread(
    network: NetworkConfig, training: TrainingConfig, ahead: tuple[str, ...], attributes: tuple[str, ...] = ()
) -> None:
    """Raise ValueError where a highway is told what it does not read, or a plain network what it can't do."""
    if network.kind == "plain":
        if training.combine == "median":
            raise ValueError(
                "training.combine: median is for network.kind highway; received kind plain. "
                "Leave combine at best, or take the highway"
            )
        if ahead:
            raise ValueError(
                f"source.known_ahead is for network.kind highway; received {', '.join(ahead)} and kind plain. "
                "Take the highway, or leave them out"
            )
        if attributes:
            raise ValueError(
                f"source.columns.static is for network.kind highway; received {', '.join(attributes)} and kind plain. "
                "Take the highway, or leave them out"
            )
        return
    usual = TrainingConfig()
    unread = [f"training.{name}" for name in RULED if getattr(training, name) != getattr(usual, name)]
    unread += [] if network.scale == "window" else ["network.scale"]
    if unread:
        raise ValueError(
            "network.kind: highway is scaled and trained by rules of its own (docs/forecasting.md); received "
            f"{', '.join(unread)}, which it does not read. Leave that out, or take kind plain"
        )


def refuse_unfit_panels(
    network: NetworkConfig, parts: Parts, checks: Checks, ahead: tuple[str, ...], *, static: bool
) -> None:
    """Raise ValueError where parts are counted in a way, or series left out by a rule, that network or source don't allow."""
    if parts.align == "last_row" and not static:
        raise ValueError(
            "parts.align: last_row is for a file that no longer grows (source.static: true); received one that does. "
            "Leave align at as_of, where a series that fell silent trains on, or set source.static"
        )
    dated = [*network.calendar, *ahead]
    if parts.align == "last_row" and dated:
        raise ValueError(
            "parts.align: last_row moves each series' last row to the same step, which then has no date; received "
            f"{', '.join(map(str, dated))} in network.calendar and source.known_ahead. Leave them out, or align at as_of"
        )
    if checks.max_silence is not None and network.kind == "plain":
        raise ValueError(
            "checks.max_silence is for windows that may miss steps (network.kind: highway); received kind "
            f"'{network.kind}', which forecasts no series without its newest steps. Leave max_silence out"
        )
