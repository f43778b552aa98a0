"""No password leaves the process as text, whatever form it has and whoever's message it stands in."""

import io
import json
import logging
import sys
import time
import traceback

import pytest

from recurcast import environment
from recurcast.errors import ChampionUnusable, DataRejected, RecurcastError
from recurcast.masking import bare_address, mask_error, masked, masked_output, user_of

WORD = "Marker-9.word"


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "PREFECT_API_URL", "PREFECT_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"at postgresql://me:{WORD}@db:5432/x: no", "at postgresql://***@db:5432/x: no"),
        (f"postgresql+psycopg2://me:{WORD}/with@signs@db/x", "postgresql+psycopg2://***@db/x"),
        ("http://me:p%40ss%2Fword@host/api", "http://***@host/api"),
        (f"http://{WORD}@host", "http://***@host"),
        (f"('http://me:{WORD}@a', 'http://me:{WORD}@b')", "('http://***@a', 'http://***@b')"),
        (f"http://host/?next=http%3A%2F%2Fme%3A{WORD}%40other&x=1", "http://host/?next=http%3A%2F%2F***%40other&x=1"),
        (f"mysql://host/x?user=me&password={WORD}&ssl=1", "mysql://host/x?user=me&password=***&ssl=1"),
        (f"https://host/a?sig={WORD}#x", "https://host/a?sig=***"),
        (f"host=db user=me password='{WORD} {WORD}' port=1", "host=db user=me password=*** port=1"),
        (f"{{'api_key': '{WORD}', 'b': '2'}}", "{'api_key': '***', 'b': '2'}"),
        (f"Authorization: Basic {WORD}", "Authorization: Basic ***"),
        (f"{{'Authorization': 'Bearer {WORD}'}}", "{'Authorization': 'Bearer ***'}"),
    ],
)
def test_what_has_the_form_of_a_password_is_masked_and_stays_masked(text: str, said: str) -> None:
    assert masked(text) == said
    assert masked(said) == said


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:4200/api answers, mail me@example.org",
        "sqlite:////tmp/x.db",
        "design=5 and a password: set PREFECT_API_AUTH_STRING to 'user:password'",
        "models:/sine@champion",
        '{"address": "http://127.0.0.1:5000", "who": "me@host"}',
    ],
)
def test_what_is_no_password_stays(text: str) -> None:
    assert masked(text) == text


def test_a_long_text_takes_no_time() -> None:
    began = time.process_time()
    for text in ("a" * 3_000_000, "://" * 50_000, "password" * 50_000, "token=" * 50_000):
        masked(text)

    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "address", [f"http://me:{WORD}@host", f"http://{WORD}@host", f"mysql://host/?password={WORD}", f"x://me:a/{WORD}@h"]
)
def test_what_the_environment_holds_is_masked_where_a_message_has_torn_it_out(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)

    assert masked(f"Invalid port: '{WORD}@host'") == "Invalid port: '***@host'"


def test_a_word_of_ours_that_is_somebodys_password_is_masked_in_addresses_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://postgres:pipeline@host/x")

    assert masked('{"pipeline": "postgresql://postgres:pipeline@host/x"}') == '{"pipeline": "postgresql://***@host/x"}'


def test_an_error_of_ours_says_none_whatever_it_is_told() -> None:
    address = f"http://me:{WORD}@host"

    for error in (RecurcastError(address), DataRejected(address, address, address), ChampionUnusable("x", 1, address)):
        assert WORD not in str(error) + repr(error) + repr(vars(error)) + repr(error.__reduce__())


def test_an_error_of_a_librarys_and_those_it_came_from_are_masked_in_its_traceback() -> None:
    try:
        try:
            raise OSError(2, "no such file", f"http://me:{WORD}@host")
        except OSError as cause:
            cause.add_note(f"see http://me:{WORD}@host")
            raise ValueError(f"at http://me:{WORD}@host") from cause
    except ValueError as error:
        mask_error(error)
        told = "".join(traceback.format_exception(error))

    assert WORD not in told.replace('f"', "").replace(f"{{{WORD}}}", "")
    assert told.count("http://***@host") == 3


def test_what_is_logged_by_anyone_and_its_traceback_are_masked() -> None:
    environment.prepare()
    written = io.StringIO()
    logger, handler = logging.getLogger("somebody.else"), logging.StreamHandler(written)
    logger.addHandler(handler)
    try:
        logger.error("lost %s, %d", f"http://me:{WORD}@host", 3)
        try:
            raise ValueError(f"http://me:{WORD}@host")
        except ValueError:
            logger.exception("again")
    finally:
        logger.removeHandler(handler)

    assert "lost http://***@host, 3" in written.getvalue()
    assert "ValueError: http://***@host" in written.getvalue()
    assert WORD not in written.getvalue()


def test_whatever_is_printed_is_masked_and_streams_are_given_back(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    with masked_output():
        sys.stdout.write(json.dumps({"address": f"http://me:{WORD}@host"}))
        sys.stderr.write(f"http://me:{WORD}@host")

    assert (sys.stdout, sys.stderr) == before
    out, err = capsys.readouterr()
    assert json.loads(out) == {"address": "http://***@host"}
    assert err == "http://***@host"


def test_a_link_has_no_password_and_still_leads_there() -> None:
    assert bare_address(f"http://me:{WORD}@host:5000/x?y=a@b") == "http://host:5000/x?y=a@b"
    assert bare_address("http://host/x") == "http://host/x"
    assert user_of("http://me:p%40ss@host") == ("me", "p@ss")
    assert user_of("http://host") is None
