"""The commands of the guide "back-test a rule", run as they stand there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "backtest-a-rule.md"
BLOCK = re.compile(
    r"(?:`(?P<file>[\w./-]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
# How fast it was, and on how many cores, is this machine's.
SPEED = re.compile(r"in [\d.]+ s: [\d,]+ events a second on \d+ cores?")


def figures(text):
    """The text without what differs from run to run, and without the blanks that end a table's lines."""
    return "\n".join(line.rstrip() for line in SPEED.sub("in SPEED", text).strip().splitlines())


def test_each_command_prints_what_the_guide_says(tmp_path):
    command = tmp_path / "bin" / "pyflink-cep"
    command.parent.mkdir()
    command.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from pyflink_cep.cli import app; app()" "$@"\n'
    )
    command.chmod(0o755)
    directory = tmp_path / "work"
    directory.mkdir()
    environment = os.environ | {
        "PATH": f"{command.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    printed, compared = "", 0
    for block in BLOCK.finditer(GUIDE.read_text()):
        if block["file"]:
            file = directory / block["file"]
            file.parent.mkdir(exist_ok=True)
            file.write_text(block["text"])
        elif block["language"] == "console":
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block["text"]],
                cwd=directory,
                env=environment,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert ran.returncode == 0, ran.stdout + ran.stderr
            printed = ran.stdout
        elif block["language"] == "text":
            assert figures(printed) == figures(block["text"])
            compared += 1
    assert compared == 2
    assert "<title>Backtest of 1 rule over" in (directory / "report.html").read_text()
    assert json.loads((directory / "numbers.json").read_text())["against"]["rules"][0]["old_version"] == 1
