"""The commands of the guide "back-test a rule", run as they stand there."""

import json
import re

from tests.guides import GUIDES, run_guide

# How fast it was, and on how many cores, is this machine's.
SPEED = re.compile(r"in [\d.]+ s: [\d,]+ events a second on \d+ cores?")


def figures(text):
    """The text without what differs from run to run, and without the blanks that end a table's lines."""
    return "\n".join(line.rstrip() for line in SPEED.sub("in SPEED", text).strip().splitlines())


def test_each_command_prints_what_the_guide_says(tmp_path):
    guide = (GUIDES / "backtest-a-rule.md").read_text()
    directory = tmp_path / "work"
    assert run_guide(guide, directory, comparable=figures, diagnostics=False) == 2
    assert "<title>Backtest of 1 rule over" in (directory / "report.html").read_text()
    assert json.loads((directory / "numbers.json").read_text())["against"]["rules"][0]["old_version"] == 1
