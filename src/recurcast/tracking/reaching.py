"""Whether the store that somebody has named lets us in, asked once: MLflow itself would try again for minutes."""

import importlib.util
import os
from pathlib import Path
from urllib.parse import urlsplit

from mlflow.store.artifact.artifact_repository_registry import get_registered_artifact_repositories
from mlflow.store.db.db_types import DATABASE_ENGINES
from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from recurcast.errors import StoreUnavailable
from recurcast.masking import masked

SOON = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
"""How a server is asked while a person waits; MLflow's own seven retries take more than three minutes."""
_FLOW_RUN = "PREFECT__FLOW_RUN_ID"
_LONGEST = 10  # seconds until a database that says nothing is given up
_WITH_TIMEOUT = ("psycopg2", "psycopg", "pymysql", "mysqldb")
_PACKAGES = {"psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
_BOTO, _GOOGLE = ("boto3", "boto3"), ("google.cloud.storage", "google-cloud-storage")
_BLOB, _LAKE = (
    ("azure.storage.blob", "azure-storage-blob"),
    ("azure.storage.filedatalake", "azure-storage-file-datalake"),
)
_NEEDED = {
    "s3": _BOTO,
    "r2": _BOTO,
    "b2": _BOTO,
    "gs": _GOOGLE,
    "wasbs": _BLOB,
    "abfss": _LAKE,
    "sftp": ("pysftp", "pysftp"),
    "hdfs": ("pyarrow", "pyarrow"),
    "viewfs": ("pyarrow", "pyarrow"),
}
"""By the scheme of an address of artifacts the module that MLflow writes there with, and the package that has it."""


def somebody_waits() -> bool:
    """Return whether a person may wait for this process; a run on a worker had better outlast a restart of its store."""
    return _FLOW_RUN not in os.environ


def try_database(uri: str) -> None:
    """Connect to a database and leave it again; where the address is none of a database, do nothing.

    Raises SQLAlchemy's errors where it can't be reached or does not let us in, StoreUnavailable where a driver is missing.
    """
    if urlsplit(uri).scheme.partition("+")[0] not in DATABASE_ENGINES:
        return
    try:
        address = make_url(uri)
    except (ValueError, ArgumentError) as error:
        raise StoreUnavailable(
            "a database's address is written like postgresql://host:5432/name, with user:password@ before the host; "
            f"received {masked(uri)}. "
            "Correct MLFLOW_TRACKING_URI."
        ) from error
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").parent.is_dir():
        return  # MLflow makes the folder
    limited = address.get_driver_name() in _WITH_TIMEOUT and "connect_timeout" not in address.query
    try:
        engine = create_engine(
            address, poolclass=NullPool, connect_args={"connect_timeout": _LONGEST} if limited else {}
        )
    except ModuleNotFoundError as error:
        package = _PACKAGES.get(str(error.name), error.name)
        raise StoreUnavailable(
            f"MLflow's store needs the driver of its database; '{error.name}' is not installed, and {address.drivername} "
            f"asks for it. Install it: pip install {package}."
        ) from error
    with engine.connect():
        pass


def expect_writable_artifacts(location: str) -> None:
    """Raise StoreUnavailable where nothing is installed that writes artifacts to the address: found before a run begins."""
    scheme = urlsplit(location).scheme
    if scheme not in get_registered_artifact_repositories():
        raise StoreUnavailable(
            f"a run's artifacts go where its experiment keeps them; received {masked(location)}, and no MLflow here knows "
            f"{scheme}://. Install the plugin for it, or name another store by MLFLOW_TRACKING_URI."
        )
    module, package = _NEEDED.get(scheme, (None, ""))
    if module is not None and not _is_installed(module):
        raise StoreUnavailable(
            f"a run's artifacts go where its experiment keeps them; received {masked(location)}, which '{module}' is needed for, "
            f"and it is not installed. Install it: pip install {package}."
        )


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False
