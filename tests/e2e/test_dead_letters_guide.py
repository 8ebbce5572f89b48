"""The commands of the guide "dead letters", run as they stand there, beside its job and against a broker."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "dead-letters.md"
BLOCK = re.compile(
    r"(?:`(?P<file>[\w./-]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
SHELL = ("bash", "-euo", "pipefail", "-c")


def test_each_command_prints_what_the_guide_says(kafka, tmp_path):
    command = tmp_path / "bin" / "pyflink-cep"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pyflink_cep "$@"\n')
    command.chmod(0o755)
    directory = tmp_path / "work"
    directory.mkdir()
    (directory / "deploy").symlink_to(ROOT / "deploy")
    environment = os.environ | {
        "PATH": f"{command.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
    }
    log = tmp_path / "job.log"
    printed = ""
    compared = 0
    jobs = []
    try:
        for block in BLOCK.finditer(GUIDE.read_text().replace("localhost:9092", kafka.address)):
            if block["file"]:
                (directory / block["file"]).write_text(block["text"])
            elif block["language"] == "console":
                printed = ""
                for line in block["text"].splitlines():
                    if line.endswith(" &"):
                        with log.open("w") as output:
                            job = subprocess.Popen(
                                [*SHELL, f"exec {line[:-2]}"],
                                cwd=directory,
                                env=environment,
                                stdout=output,
                                stderr=output,
                            )
                        jobs.append(job)
                        continue
                    ran = subprocess.run(
                        [*SHELL, line],
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
                compared += 1
    finally:
        for job in jobs:
            job.terminate()
            job.wait()
    assert compared == 4
    assert log.read_text().count("+I[p1, 5]") == 1
