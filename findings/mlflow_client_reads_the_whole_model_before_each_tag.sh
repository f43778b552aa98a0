#!/usr/bin/env bash
# MLflow 3.17.2: `MlflowClient.set_model_version_tag`, `set_registered_model_alias` and `get_model_version_download_uri` first look up the whole
# registered model, to tell whether it is a prompt; that loads every tag and alias of it, and a row per version. A tag on one of many
# versions costs more the more versions there are, although nothing of them is asked for.
# Guess before it was run: one lookup of the version itself, and none of the model.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" mlflow==3.17.2
cat >"$folder/counted.py" <<'PYTHON'
import mlflow
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

client = mlflow.MlflowClient(tracking_uri="sqlite:///counted.db", registry_uri="sqlite:///counted.db")
client.create_registered_model("demand")
for number in range(3):
    client.create_model_version("demand", source=f"models/{number}")
read = SqlAlchemyStore.get_registered_model
seen = []
SqlAlchemyStore.get_registered_model = lambda self, name: seen.append(name) or read(self, name)
for what, call in (
    ("set_model_version_tag", lambda: client.set_model_version_tag("demand", "1", "key", "value")),
    ("set_registered_model_alias", lambda: client.set_registered_model_alias("demand", "best", "1")),
    ("get_model_version_download_uri", lambda: client.get_model_version_download_uri("demand", "1")),
    ("get_model_version", lambda: client.get_model_version("demand", "1")),
):
    seen.clear()
    call()
    print(what, len(seen))
PYTHON
cd "$folder"
PYTHONPATH="$folder/packages" python3 counted.py 2>/dev/null | tee seen
diff seen - <<'SEEN'
set_model_version_tag 1
set_registered_model_alias 1
get_model_version_download_uri 1
get_model_version 0
SEEN
