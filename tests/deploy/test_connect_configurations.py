"""The configurations of connectors: their form, and that no secret is in them. A worker checks that of the source."""

import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kafka-connect"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_a_configuration_is_what_connect_takes(file):
    document = json.loads(file.read_text())
    assert document.keys() == {"name", "config"}
    assert document["name"] == file.stem
    assert [key for key, value in document["config"].items() if not isinstance(value, str)] == []
    assert int(document["config"]["tasks.max"]) > 0


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_a_secret_is_where_a_provider_finds_it(file):
    worker = (FOLDER / "worker.properties").read_text()
    providers = re.search(r"^config\.providers=(.*)$", worker, re.MULTILINE)[1].split(",")
    settings = json.loads(file.read_text())["config"]
    passwords = {key: value for key, value in settings.items() if re.search("password|secret|token", key)}
    assert passwords
    assert [
        key for key, value in passwords.items() if not re.fullmatch(r"\$\{dir:[^:}]+:[^:}]+}", value)
    ] == []
    used = {name for value in settings.values() for name in re.findall(r"\$\{(\w+):", value)}
    assert used <= set(providers)
