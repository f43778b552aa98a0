"""What `recurcast doctor` says of servers of other versions."""

import pytest

from recurcast.stack.doctor.requests import Answer
from recurcast.stack.doctor.versions import server_version


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (Answer(200, "3.17.2"), "ok", "3.17.2 there, 3.17.2 here"),
        (Answer(200, '"3.20.0"'), "ok", "3.20.0 there"),
        (Answer(200, "3.9.0"), "failed", "Update the server"),
        (Answer(200, "4.0.0"), "warning", "update Recurcast, or use an older server"),
        (Answer(404, "Not Found"), "warning", "Look whether it is the right server"),
        (Answer(401, ""), "failed", "Correct user and password"),
    ],
)
def test_a_server_is_at_least_as_new_as_who_asks_it(answer: Answer, state: str, says: str) -> None:
    check = server_version("mlflow version", answer, "3.17.2")

    assert check.state == state
    assert says in f"{check.found} {check.advice}"
