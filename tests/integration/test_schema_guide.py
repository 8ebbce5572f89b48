"""The commands of the guide "change a schema", run as they stand there, against a registry."""

import re

from tests.guides import GUIDES, run_guide


def without_ids(printed):
    return re.sub(r"\bid \d+", "id N", printed)


def test_each_command_prints_what_the_guide_says(registry, tmp_path):
    guide = (GUIDES / "change-a-schema.md").read_text()
    variables = {"REGISTRY": registry.url}
    assert run_guide(guide, tmp_path / "work", variables, comparable=without_ids) == 5
