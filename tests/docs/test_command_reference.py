"""The reference of the command has every command, and every argument and option of each."""

import re
from pathlib import Path

import pytest
import typer

from pyflink_cep.cli import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "command.md"
COMMANDS = {
    " ".join(path): command
    for name, of_app in typer.main.get_command(app).commands.items()
    # A group of commands, such as `schemas`, has them one level down.
    for path, command in (
        [((name, inner), of_group) for inner, of_group in of_app.commands.items()]
        if hasattr(of_app, "commands")
        else [((name,), of_app)]
    )
}
SECTIONS = dict(re.findall(r"^## ([\w -]+)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL))


def test_each_command_has_a_section_and_a_row():
    rows = re.findall(r"^\| \[`([\w -]+)`\]\(#([\w-]+)\) \|", PAGE.read_text(), re.MULTILINE)

    assert list(SECTIONS) == [name for name, _ in rows] == list(COMMANDS)
    assert [link for _, link in rows] == [name.replace(" ", "-") for name in COMMANDS]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_of_a_command_is_in_its_section(name):
    documented = re.findall(
        r"(--?[\w-]+)[ `]", "\n".join(re.findall(r"^\| (`-.*?) \|", SECTIONS[name], re.MULTILINE))
    )
    options = [
        option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("-")
    ]

    assert sorted(documented) == sorted(set(options) - {"--help"})


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_an_example(name):
    assert re.search(rf"^Example: .*pyflink-cep {name}\b", COMMANDS[name].help, re.MULTILINE)
