#!/usr/bin/env bash
# prefect 3.8.8, cache_policy=INPUTS: the key of a task whose parameter is a set is another one in each process, since its members are hashed in the order
# in which they happen to stand: what a worker computed is computed again by the next, while it is found within one process, where it
# is tried out. The other way round {1: "a"} and {"1": "a"} have one key, so that the second is given the result of the first.
# Guess before it was run: a set has one key, and other keys of a dict another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/keys.py" <<'PYTHON'
from prefect.cache_policies import INPUTS


def key(value):
    return INPUTS.compute_key(task_ctx=None, inputs={"cells": value}, flow_parameters={})


print(key({"rnn", "lstm", "gru", "naive"}), key(["rnn", "lstm"]), key({1: "a"}) == key({"1": "a"}))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" prefect==3.8.8 "fastapi<0.151" "sqlalchemy<2.1"
export PREFECT_HOME="$folder/home" DO_NOT_TRACK=true PREFECT_SERVER_ANALYTICS_ENABLED=false
for seed in 1 2 3; do
    PYTHONHASHSEED=$seed PYTHONPATH="$folder/packages" python3 "$folder/keys.py" 2>/dev/null
done >"$folder/keys"
{
    echo "keys of a set are more than one: $([ "$(cut -d' ' -f1 "$folder/keys" | sort -u | wc -l)" -gt 1 ] && echo yes || echo no)"
    echo "keys of a list: $(cut -d' ' -f2 "$folder/keys" | sort -u | wc -l)"
    echo "one key for 1 and '1': $(cut -d' ' -f3 "$folder/keys" | sort -u)"
} | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
keys of a set are more than one: yes
keys of a list: 1
one key for 1 and '1': True
SEEN
