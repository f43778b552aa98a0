"""What becomes of the features of a window before the output, as `recurcast.training.bodies` has it, in numpy alone.

Arrays stand on their side here, `(steps, features, n_windows)`; the state is `(width, n_windows)`.
"""

from collections.abc import Callable

from .attention import Attended, attention, transformer
from .bundle import Bundle
from .layers import STEPS, Floats, recurrent_layer

Body = Callable[[Floats], Floats]


def body_of(bundle: Bundle) -> Body:
    """Return what makes the state of a window of its features, for a bundle of a cell that is computed here."""
    return BODIES[bundle.kind](bundle)


def _recurrent(bundle: Bundle) -> Body:
    last = bundle.layers - 1
    layers = [recurrent_layer(bundle, number, bundle.kind, returns_all=number < last) for number in range(last + 1)]

    def body(features: Floats) -> Floats:
        for layer in layers:
            features = layer(features)
        return features[-1]

    return body


def _attending(bundle: Bundle) -> Body:
    return lambda features: ATTENDING[bundle.kind](bundle, features).state


def _linear(bundle: Bundle) -> Body:
    del bundle
    return lambda features: features.reshape(-1, features.shape[2])


ATTENDING: dict[str, Callable[[Bundle, Floats], Attended]] = {"attention": attention, "transformer": transformer}
"""By kind of bundle, those that weigh the steps of a window."""
BODIES: dict[str, Callable[[Bundle], Body]] = {
    **dict.fromkeys(STEPS, _recurrent),
    **dict.fromkeys(ATTENDING, _attending),
    "linear": _linear,
}
"""By kind of bundle; a kind that is not here is left to keras."""
