"""The Prefect server that the environment names; never one that Prefect would start by itself."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from recurcast.errors import StoreUnavailable
from recurcast.masking import mask_error

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_REMEDY = "Start one with 'recurcast up', or set PREFECT_API_URL to yours, such as http://127.0.0.1:4200/api."
_NAMING = ("PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH")
_CONNECT = 3.0  # seconds
_PATIENCE = 8.0  # seconds for the first answer: who waits for it sits at a terminal
_AWAY = (502, 503, 504)
"""What a gateway says whose server is gone."""
_OUTAGE = 6 * 3600.0  # seconds that a run waits for its server
_LOOK_AGAIN = 1.0  # seconds
_Said = TypeVar("_Said")


def api_url() -> str:
    """Return the address of the server's API, from PREFECT_API_URL or Prefect's profile.

    StoreUnavailable says that none is set: Prefect would then start a server of its own for each command.
    """
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    if not url:
        raise StoreUnavailable(f"this needs a running Prefect server; PREFECT_API_URL is not set. {_REMEDY}")
    return str(url)


def is_named() -> bool:
    """Return whether PREFECT_API_URL or Prefect's profile names a server."""
    if "prefect" not in sys.modules and not _something_is_set():
        return False
    from prefect.settings import get_current_settings

    return bool(get_current_settings().api.url)


def _something_is_set() -> bool:
    """Whether Prefect has to be asked, whose import takes a second: it finds settings in variables and in files."""
    here, home = Path.cwd(), Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect")
    files = [here / ".env", here / "prefect.toml", here / "pyproject.toml", home / "profiles.toml"]
    return any(name in os.environ for name in _NAMING) or any(os.path.lexists(file) for file in files)


@contextmanager
def connected(patience: float = _PATIENCE) -> Iterator["SyncPrefectClient"]:
    """Return a client of the server as a context, once the server has answered, for which it has `patience` seconds.

    StoreUnavailable says that nothing answers there, that what answers is not Prefect's API, or that the connection was
    lost inside the context.
    """
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.exceptions import PrefectHTTPStatusError

    url = api_url()
    _expect_answer(url, patience)
    try:
        with get_client(sync_client=True) as client:
            yield client
    except httpx.TransportError as error:
        mask_error(error)
        raise StoreUnavailable(f"the Prefect server at {url} no longer answers: {error}. {_REMEDY}") from error
    except PrefectHTTPStatusError as error:
        mask_error(error)
        raise StoreUnavailable(f"the Prefect server at {url} refused a request: {detail(error)}.") from error


def once_it_answers(ask: Callable[[], _Said], patience: float = _OUTAGE, look_again: float = _LOOK_AGAIN) -> _Said:
    """Return what a run is told by its server; one that is gone, such as for a restart, is asked again for `patience` seconds.

    What the run waits for goes on meanwhile: workers and the processes of other runs outlast an outage too.
    """
    import httpx
    from prefect.exceptions import PrefectHTTPStatusError

    began = time.monotonic()
    while True:
        try:
            return ask()
        except (httpx.TransportError, PrefectHTTPStatusError) as error:
            gone = isinstance(error, httpx.TransportError) or error.response.status_code in _AWAY
            if not gone or time.monotonic() - began >= patience:
                raise
        time.sleep(look_again)


def detail(error: Exception) -> str:
    """Return what the server says of a refused request, in one line, or else the first line of the error."""
    response = getattr(error, "response", None)
    try:
        said = response.json()["detail"] if response is not None else None
    except (ValueError, KeyError, TypeError):
        said = None
    return str(said or error).splitlines()[0].rstrip(".")


def _expect_answer(url: str, patience: float) -> None:
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.exceptions import PrefectHTTPStatusError
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    try:
        # Prefect's client would try five times more, which takes minutes where nothing answers.
        with (
            temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
            get_client(
                sync_client=True, httpx_settings={"timeout": httpx.Timeout(patience, connect=_CONNECT)}
            ) as client,
        ):
            client.api_version()
    except PrefectHTTPStatusError as error:
        mask_error(error)
        if error.response.status_code == httpx.codes.UNAUTHORIZED:
            raise StoreUnavailable(
                f"the Prefect server at {url} wants a password. Set PREFECT_API_AUTH_STRING to the server's own."
            ) from error
        raise StoreUnavailable(
            f"what answers at {url} is not Prefect's API: {detail(error)}. PREFECT_API_URL ends in '/api'."
        ) from error
    except ValueError as error:
        mask_error(error)
        raise StoreUnavailable(
            f"what answers at {url} is not Prefect's API. PREFECT_API_URL ends in '/api'."
        ) from error
    except (httpx.TransportError, httpx.InvalidURL) as error:
        mask_error(error)
        raise StoreUnavailable(f"no Prefect server answers at {url}: {error}. {_REMEDY}") from error
