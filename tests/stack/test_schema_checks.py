"""Forms of parameters, checked once."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator, SchemaError

from recurcast.stack.schema_checks import checked_once


def test_a_form_is_looked_at_once_and_a_wrong_one_is_refused_each_time() -> None:
    looked: list[Any] = []

    def look(schema: Any, **how: Any) -> None:
        looked.append(schema)
        Draft202012Validator.check_schema(schema, **how)

    check, right, wrong = checked_once(look), {"type": "object"}, {"type": 12}
    for _ in range(2):
        check(dict(right))
        with pytest.raises(SchemaError):
            check(dict(wrong))
    check(right, format_checker=None)

    assert looked == [right, wrong, wrong, right]
