"""What publishing changes, for a person and for a program."""

import difflib
import io
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from pyflink_cep._publishing.history import Change
from pyflink_cep.cli.console import counted, stdout

_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_OUTCOMES = ("new", "replaced", "retired", "unchanged")


def print_changes(changes: Sequence[Change], target: str, *, dry_run: bool) -> None:
    """Prints what changes, or would change: a line a rule, and a summary; in a dry run the documents' difference."""
    console = stdout()
    if dry_run:
        for change in changes:
            for line in unified_diff(change, target):
                console.print(Text(line, _STYLES.get(line[:1], "")), soft_wrap=True)
            if change.is_written:
                console.print()
    width = max(len(change.proposed.id) for change in changes)
    for change in changes:
        outcome = f"{change.proposed.id:{width}}  {change.outcome:9}  {_versions(change)}"
        console.print(Text(outcome, "" if change.is_written else "dim"), soft_wrap=True)
    counts = [(sum(c.outcome == outcome for c in changes), outcome) for outcome in _OUTCOMES]
    summary = ", ".join(f"{count} {outcome}" for count, outcome in counts if count)
    written = sum(change.is_written for change in changes)
    if not written:
        done = "nothing to publish"
    elif dry_run:
        done = f"nothing was written: without --dry-run, {counted(written, 'rule')} would go to {target}"
    else:
        done = f"published to {target}"
    console.print(Text(f"\n{summary}; {done}", "bold"), soft_wrap=True)


def changes_json(changes: Sequence[Change], target: str, *, dry_run: bool) -> dict[str, Any]:
    """The changes as data."""
    return {
        "target": target,
        "dry_run": dry_run,
        "changes": [
            {
                "id": change.proposed.id,
                "outcome": change.outcome,
                "version": change.proposed.version,
                "published_version": change.present and change.present.version,
                "diff": unified_diff(change, target),
            }
            for change in changes
        ],
    }


def unified_diff(change: Change, target: str) -> list[str]:
    """The difference of the documents as YAML, in lines."""
    if not change.is_written:
        return []
    present = change.present
    name = change.proposed.id
    return list(
        difflib.unified_diff(
            [] if present is None else yaml_text(present.content).splitlines(),
            yaml_text(change.proposed.content).splitlines(),
            "nothing" if present is None else f"{name} v{present.version}, as in {target}",
            f"{name} v{change.proposed.version}",
            lineterm="",
        )
    )


def _versions(change: Change) -> str:
    proposed = f"v{change.proposed.version}"
    if change.present is None or not change.is_written:
        return proposed
    return f"v{change.present.version} -> {proposed}"


def yaml_text(content: Mapping[str, Any]) -> str:
    """A document as YAML."""
    yaml = YAML()
    # Each condition on one line, however long, so that a changed one is one changed line.
    yaml.width = 1_000_000
    yaml.indent(sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(_with_literal_lines(content), text)
    return text.getvalue()


def _with_literal_lines(value: Any) -> Any:
    """The value with texts of several lines as YAML's literal ones."""
    match value:
        case str() if "\n" in value:
            return LiteralScalarString(value)
        case Mapping():
            return {name: _with_literal_lines(inner) for name, inner in value.items()}
        case list():
            return [_with_literal_lines(inner) for inner in value]
    return value
