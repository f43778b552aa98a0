#!/usr/bin/env bash
# mlflow 3.17.2: `infer_signature` takes a column of times with a zone for `datetime`, and the model that is saved with it refuses that very frame once it
# is loaded: what is enforced wants times without a zone. Nothing is said where the signature is made or the model saved, so that it shows
# where the model serves. The signature has no room for a zone: on which clock the times are that it does take, the model must know.
# Guess before it was run: the frame reaches the model as it was.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/refused.py" <<'PYTHON'
import sys

import mlflow
import pandas as pd
from mlflow.models import infer_signature


class Told(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return [f"{model_input['ds'].dtype} {model_input['ds'].iloc[0]}"]


def told(given):
    try:
        return loaded.predict(given)[0]
    except mlflow.exceptions.MlflowException as error:
        return "refused: " + str(error)[str(error).index("Please ensure") :][:90]


frame = pd.DataFrame({"ds": pd.to_datetime(["2024-07-01"]).tz_localize("Europe/Berlin")})
signature = infer_signature(frame)
mlflow.pyfunc.save_model(f"{sys.argv[1]}/model", python_model=Told(), signature=signature, pip_requirements=[])
loaded = mlflow.pyfunc.load_model(f"{sys.argv[1]}/model")
print(mlflow.__version__, signature.inputs)
print("the frame:", told(frame))
print("without its zone:", told(frame.assign(ds=frame["ds"].dt.tz_localize(None))))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" mlflow==3.17.2 pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 -W ignore "$folder/refused.py" "$folder" 2>/dev/null | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
3.17.2 ['ds': datetime (required)]
the frame: refused: Please ensure that the input data of datetime column only contains timezone-naive datetime
without its zone: datetime64[ns] 2024-07-01 00:00:00
SEEN
