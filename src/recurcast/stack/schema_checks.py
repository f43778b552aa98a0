"""Forms of parameters, checked once: Prefect's server checks one again for each deployment and each run that brings it.

A form is all that a pipeline may say, and its check against the rules of JSON schemas takes a fifth of a second.
"""

import json
from collections.abc import Callable
from hashlib import blake2b
from importlib import import_module
from typing import Any

_MOST = 256
"""Forms that are remembered: a server has a few flows."""


def check_forms_once() -> None:
    """Let this process remember which forms are as they should be; one that is not is told each time."""
    from prefect.utilities.schema_tools import validation

    for validator in (import_module("jsonschema").Draft202012Validator, validation._VALIDATOR):
        validator.check_schema = checked_once(validator.check_schema)


def checked_once(check: Callable[..., None]) -> Callable[..., None]:
    """Return the check of a form, which passes without a look what it has passed before."""
    passed: dict[bytes, None] = {}

    def look(schema: Any, *how: Any, **named: Any) -> None:
        key = blake2b(json.dumps([schema, repr((how, named))], default=repr).encode(), digest_size=16).digest()
        if key in passed:
            return
        check(schema, *how, **named)
        passed[key] = None
        if len(passed) > _MOST:
            del passed[next(iter(passed))]

    return look
