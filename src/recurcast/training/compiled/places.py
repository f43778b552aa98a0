"""One traced program, many fits: each has variables of its own, which take the place of those it was traced with.

So fits that share a recipe run at the same time, in the same machine code, and none depends on who else is under way.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

Places = dict[int, Any]
"""The identity of a traced variable's handle, to the handle of the variable in its place."""


def places_of(traced: Sequence[Any], own: Sequence[Any]) -> Places:
    """Return what puts `own` variables, of the same shapes, in the place of those that a program was traced with."""
    return {id(_handle(there)): _handle(here) for there, here in zip(traced, own, strict=True)}


def called_with(places: Places, traced: Any, arguments: Sequence[Any]) -> Any:
    """Return what a traced (concrete) function makes of the arguments, with other variables in their places."""
    concrete = copy(traced)
    concrete.set_external_captures([places.get(id(each), each) for each in concrete.captured_inputs])
    return concrete(*arguments)


def _handle(variable: Any) -> Any:
    """The resource of a variable of TensorFlow's, or of keras', which wraps one."""
    return getattr(variable, "value", variable).handle if not isinstance(variable, tf.Variable) else variable.handle
