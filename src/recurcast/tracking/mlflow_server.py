"""MLflow's command line, whose server runs in the process that was called: `python -m <this module> server ...`.

MLflow's own starts another process for the server and watches it. That one imports all of MLflow again: three seconds of a
processor, 150 MB.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

from recurcast.environment import importing


def in_this_process(start: Callable[..., Any], read_at_import: set[str]) -> Callable[..., Any]:
    """Return what serves in this process; for what has to stand in the environment before MLflow is imported, `start` does.

    So does a server whose jobs are watched beside it.
    """

    def serve(command: Sequence[str], *, extra_env: dict[str, str], **options: Any) -> Any:
        if read_at_import & extra_env.keys() or list(command[1:3]) != ["-m", "uvicorn"]:
            return start(command, extra_env=extra_env, **options)
        from uvicorn.main import main as uvicorn

        os.environ.update(extra_env)
        uvicorn([str(each) for each in command[3:]])

    return serve


def main() -> None:
    """Call MLflow's command line."""
    with importing():
        import uvicorn  # noqa: F401  MLflow guards its pages where it sees that it is a server
        from mlflow import server
        from mlflow.cli import cli
        from mlflow.server import constants, handlers

    read_at_import = {
        constants.PROMETHEUS_EXPORTER_ENV_VAR,
        constants.HUEY_STORAGE_PATH_ENV_VAR,
        handlers.STATIC_PREFIX_ENV_VAR,
    }
    server._exec_cmd = in_this_process(server._exec_cmd, read_at_import)
    cli()


if __name__ == "__main__":
    main()
