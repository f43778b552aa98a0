#!/usr/bin/env bash
# optuna 5.0.0 and mlflow 3.17.2 in one database: both keep their schema's revision in a table `alembic_version` of one row. Whoever comes
# second is refused, and Optuna by words that lead astray: they blame the version of Optuna, which is the newest, and ask for an upgrade.
# In PostgreSQL each needs a schema of its own; in SQLite a file of its own.
# Guess before it was run: whoever comes second fails with alembic's "Can't locate revision", in either order.
# Seen: MLflow does so, as alembic's CommandError; Optuna says "The runtime optuna version 5.0.0 is no longer compatible with the table schema".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/both.py" <<'PYTHON'
import sqlite3
import sys

import optuna
from mlflow import MlflowClient

optuna.logging.set_verbosity(optuna.logging.ERROR)


def by_optuna(file):
    optuna.create_study(storage=f"sqlite:///{file}", study_name="s")


def by_mlflow(file):
    MlflowClient(f"sqlite:///{file}").create_experiment("e")


def told(step, file):
    try:
        step(file)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:76]}"
    return "works"


for steps in ((by_optuna, by_mlflow), (by_mlflow, by_optuna)):
    file = f"{sys.argv[1]}/{steps[0].__name__}.db"
    print([told(step, file) for step in steps])
    print(sqlite3.connect(file).execute("SELECT count(*) FROM alembic_version").fetchone())
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" optuna==5.0.0 mlflow==3.17.2
PYTHONPATH="$folder/packages" python3 "$folder/both.py" "$folder" 2>/dev/null | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
['works', "CommandError: Can't locate revision identified by 'v3.2.0.a'"]
(1,)
['works', 'RuntimeError: The runtime optuna version 5.0.0 is no longer compatible with the table sche']
(1,)
SEEN
