#!/usr/bin/env bash
# prefect 3.8.8: `provide_database_interface()` keeps the address of the first database that it was asked with, for the life of the process: inside
# `temporary_settings` with another PREFECT_API_DATABASE_CONNECTION_URL the setting reads as the new one, and what is written goes into the
# old one. A process that looks into one project's database and then into another's has both times looked into the first.
# Guess before it was run: the interface is asked for anew where the setting is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/databases.py" <<'PYTHON'
from prefect.server.database import provide_database_interface
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL, temporary_settings

for name in ("first", "second"):
    with temporary_settings({PREFECT_API_DATABASE_CONNECTION_URL: f"sqlite+aiosqlite:///{name}.db"}):
        interface = provide_database_interface()
        print(PREFECT_API_DATABASE_CONNECTION_URL.value(), "->", interface.database_config.connection_url)
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" prefect==3.8.8 "fastapi<0.151" "sqlalchemy<2.1"
export PREFECT_HOME="$folder/home" DO_NOT_TRACK=true PREFECT_SERVER_ANALYTICS_ENABLED=false
PYTHONPATH="$folder/packages" python3 "$folder/databases.py" 2>/dev/null | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
sqlite+aiosqlite:///first.db -> sqlite+aiosqlite:///first.db
sqlite+aiosqlite:///second.db -> sqlite+aiosqlite:///first.db
SEEN
