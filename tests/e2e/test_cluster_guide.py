"""The commands of the guide to clusters, run as they stand there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pyflink

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "cluster.md"
# What the test's own environment and cluster stand for.
PREPARED = ("make ", "source ", "export ", '"$FLINK_HOME/bin/start-', '"$FLINK_HOME/bin/stop-')


def commands():
    text = "".join(re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL))
    return [line for line in text.splitlines() if not line.startswith(PREPARED)]


def test_the_guide_submits_a_job_and_a_sql_pipeline(cluster, tmp_path):
    for folder in ("demo", "generators", "jobs", "pyflink_cep", "sql", "udfs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "out").mkdir()
    ran = commands()
    assert any("flink" in command and "run" in command for command in ran)
    assert any("sql-client.sh" in command for command in ran)
    for command in ran:
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=tmp_path,
            env=cluster.environment | {"FLINK_HOME": pyflink.__path__[0]},
            check=True,
            timeout=300,
        )
    parts = (tmp_path / "out/card_fraud/alerts").glob("part-*")
    alerts = [json.loads(line) for part in parts for line in part.read_text().splitlines()]
    card_testing = [alert for alert in alerts if alert["pattern"] == "card_testing"]
    assert {alert["risk"] is None for alert in card_testing} == {True, False}, (
        "of the pipeline, and of the job"
    )
