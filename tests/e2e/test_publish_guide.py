"""The commands of the guide "publish a rule safely", run as they stand there, beside the job of the guide."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "publish-a-rule.md"
BLOCK = re.compile(
    r"(?:`(?P<file>[\w./-]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@pytest.fixture
def directory(tmp_path):
    """A directory to run in, with the command on the path, as where the package is installed."""
    command = tmp_path / "bin" / "pyflink-cep"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pyflink_cep "$@"\n')
    command.chmod(0o755)
    directory = tmp_path / "work"
    directory.mkdir()
    return directory


def test_each_command_prints_what_the_guide_says(directory):
    environment = os.environ | {
        "PATH": f"{directory.parent / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
    }
    printed = ""
    jobs = []
    try:
        for block in BLOCK.finditer(GUIDE.read_text()):
            if block["file"]:
                file = directory / block["file"]
                file.parent.mkdir(exist_ok=True)
                file.write_text(block["text"])
            elif block["language"] == "console":
                printed = ""
                for line in block["text"].splitlines():
                    shell = ["bash", "-euo", "pipefail", "-c"]
                    if line.endswith(" &"):
                        log = (directory.parent / "job.log").open("w")
                        command = [*shell, f"exec {line[:-2]}"]
                        jobs.append(
                            subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log)
                        )
                        continue
                    ran = subprocess.run(
                        [*shell, line],
                        cwd=directory,
                        env=environment,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        text=True,
                        timeout=120,
                        check=False,
                    )
                    printed += ran.stdout
                    assert ran.returncode == 0, f"{line}\n{printed}"
            elif block["language"] == "text":
                assert TIME.sub("TIME", printed) == TIME.sub("TIME", block["text"])
                printed = ""
    finally:
        for job in jobs:
            job.terminate()
            job.wait()
