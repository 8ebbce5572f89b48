"""The commands of the guide "dead letters", run as they stand there, beside its job and against a broker."""

import re

from tests.guides import GUIDES, ROOT, run_guide


def without_times(printed):
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", printed)


def test_each_command_prints_what_the_guide_says(kafka, tmp_path):
    guide = (GUIDES / "dead-letters.md").read_text().replace("localhost:9092", kafka.address)
    directory = tmp_path / "work"
    directory.mkdir()
    (directory / "deploy").symlink_to(ROOT / "deploy")
    assert run_guide(guide, directory, comparable=without_times) == 4
    assert (tmp_path / "job.log").read_text().count("+I[p1, 5]") == 1
