"""No layer at all: the output is one linear map of all that a window holds (Zeng et al. 2023)."""

from collections.abc import Callable
from typing import Any

from recurcast.environment import import_tensorflow
from recurcast.training.bodies import Body, Drawn

import_tensorflow()

from keras import ops  # noqa: E402


def body(drawn: Drawn) -> Body:
    """Return what lays the features of all steps side by side; on a ridge highway, which is that map, nothing is added."""
    del drawn

    def call(features: Any, recurrence: Callable[..., Any], **phase: bool) -> Any:
        del recurrence, phase
        _, steps, width = features.shape
        return ops.reshape(features, (-1, steps * width))

    return Body((), (), call, begins_at_zero=True)
