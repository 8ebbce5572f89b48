"""The commands of the guide "change a schema", run as they stand there, against a registry."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "change-a-schema.md"
BLOCK = re.compile(
    r"(?:`(?P<file>[\w./-]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
ID = re.compile(r"\bid \d+")


def test_each_command_prints_what_the_guide_says(registry, tmp_path):
    command = tmp_path / "bin" / "pyflink-cep"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pyflink_cep "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
        "REGISTRY": registry.url,
    }
    printed = ""
    compared = 0
    for block in BLOCK.finditer(GUIDE.read_text()):
        if block["file"]:
            file = tmp_path / block["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["text"])
        elif block["language"] == "console":
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block["text"]],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            printed = ran.stdout
            assert ran.returncode == 0, printed
        elif block["language"] == "text":
            assert ID.sub("id N", printed) == ID.sub("id N", block["text"])
            compared += 1
    assert compared == 5
