#!/usr/bin/env bash
# Flink SQL 2.3.0: TIMESTAMPDIFF(MILLISECOND, a, b) is the whole seconds between a and b, times 1,000: 0 for 999 ms, and 1000 for 1,650 ms.
# MICROSECOND is so too. No error, no warning.
# Needs Python 3.11 or 3.12 and Java 17 or 21. Fails once one of the results is another.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'setuptools<81' apache-flink==2.3.0

cat > "$folder/milliseconds.py" <<'PYTHON'
import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

SEEN = [  # of 999 ms, of 1,650 ms and of 2,500 ms
    ("TIMESTAMPDIFF(SECOND, asked, answered)", [0, 1, 2]),
    ("TIMESTAMPDIFF(MILLISECOND, asked, answered)", [0, 1000, 2000]),
    ("TIMESTAMPDIFF(MICROSECOND, asked, answered)", [0, 1000000, 2000000]),
]
tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
tables.execute_sql(
    """
    CREATE TEMPORARY VIEW calls AS SELECT * FROM (VALUES
        (1, TIMESTAMP '2024-01-01 00:00:00.000', TIMESTAMP '2024-01-01 00:00:00.999'),
        (2, TIMESTAMP '2024-01-01 00:00:00.250', TIMESTAMP '2024-01-01 00:00:01.900'),
        (3, TIMESTAMP '2024-01-01 00:00:00.000', TIMESTAMP '2024-01-01 00:00:02.500')
    ) AS c (id, asked, answered)
    """
)
others = 0
for expression, seen in SEEN:
    with tables.execute_sql(f"SELECT id, {expression} FROM calls").collect() as rows:
        found = [row[1] for row in sorted(rows, key=lambda row: row[0])]
    print(f"{expression}: {found}")
    others += found != seen
sys.exit(f"{others} results are others than in Flink 2.3.0" if others else 0)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/milliseconds.py"
