#!/usr/bin/env bash
# PyYAML 6.0.4, `<<: [*a, *b]`: YAML's merge key says that the earlier mapping wins, and so it was up to 6.0.3. In 6.0.4 the later one wins, but only
# for keys whose text Python does not share between nodes: the first mapping still wins for keys of one letter, so that one merged mapping
# is put together from both. The loader on libyaml does the same.
# Guess before it was run: the later mapping wins for every key.
# Seen: 6.0.3 {'name': 'first', 'x': 'first'}; 6.0.4 {'name': 'second', 'x': 'first'}.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/merge.py" <<'PYTHON'
import yaml

text = """
a: &a {name: first, x: first}
b: &b {name: second, x: second}
merged: {<<: [*a, *b]}
"""
print(yaml.__version__, yaml.safe_load(text)["merged"])
PYTHON
for version in 6.0.3 6.0.4; do
    python3 -m pip install --quiet --disable-pip-version-check --target "$folder/$version" "pyyaml==$version"
    PYTHONPATH="$folder/$version" python3 "$folder/merge.py" | tee -a "$folder/seen"
done
diff "$folder/seen" - <<'SEEN'
6.0.3 {'name': 'first', 'x': 'first'}
6.0.4 {'name': 'second', 'x': 'first'}
SEEN
