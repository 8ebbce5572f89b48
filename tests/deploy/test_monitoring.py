"""Prometheus' settings and alerts, and Grafana's dashboard."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.grafana import card_fraud
from tests.conftest import skipping
from tests.services.server import NotInstallableError

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "card_fraud.json"


@pytest.mark.parametrize(
    "command", ["check config prometheus.yml", "check rules rules.yml", "test rules rules.test.yml"]
)
def test_promtool_agrees(command):
    with skipping("promtool"):
        if shutil.which("promtool") is None:
            raise NotInstallableError("`apt-get install prometheus` does it")
    ran = subprocess.run(
        ["promtool", *command.split()], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_dashboard_is_what_its_source_builds():
    assert DASHBOARD.read_text() == card_fraud.build() + "\n"


def test_every_panel_asks_the_datasource_that_is_provisioned():
    provisioned = (ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text()
    uids = {
        panel["datasource"]["uid"]
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        if "targets" in panel
    }
    assert uids == set(re.findall(r"uid: (\S+)", provisioned))


def test_every_alert_has_a_test():
    names = re.findall(r"alert: (\w+)", (PROMETHEUS / "rules.yml").read_text())
    tests = (PROMETHEUS / "rules.test.yml").read_text()
    fires = re.findall(r"alertname: (\w+),? ?(?:\n +)?exp_alerts", tests)
    assert names
    assert sorted(names) == sorted(set(fires))
