"""Recurcast retrains recurrent forecasters on a schedule and keeps the best one in charge.

From Python:

    import recurcast
    pipeline = recurcast.load_pipeline("energy")
    recurcast.run(pipeline)
    recurcast.forecast(pipeline)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recurcast.api import forecast, load_pipeline, run

__all__ = ["forecast", "load_pipeline", "run"]


def __getattr__(name: str) -> Any:
    """Import on first use: naming the package loads no heavy library."""
    if name not in __all__:
        raise AttributeError(f"module 'recurcast' has no attribute '{name}'")
    from recurcast import api

    return getattr(api, name)
