"""The commands of the guide "publish a rule safely", run as they stand there, beside the job of the guide."""

import re

from tests.guides import GUIDES, run_guide


def without_times(printed):
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", printed)


def test_each_command_prints_what_the_guide_says(tmp_path):
    guide = (GUIDES / "publish-a-rule.md").read_text()
    assert run_guide(guide, tmp_path / "work", comparable=without_times) == 7
