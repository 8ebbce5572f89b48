"""`pyflink-cep status`."""

import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from pyflink_cep._publishing.outcomes import Outcome, RuleStatus, read_outcomes, unanswered
from pyflink_cep.cli.console import FINDING, counted, diagnostic_json, print_json, stdout
from pyflink_cep.cli.options import Format, KafkaConfig, OutputFormat, existing_target, target_of

_STYLES = {"rejected": "bold red", "left_out": "bold red", "evaluation_error": "yellow", "overload": "yellow"}


def status(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FROM",
            help="Where the job's status output goes to: a directory of JSON lines, or kafka://HOST:PORT/TOPIC.",
        ),
    ],
    published: Annotated[
        str | None,
        typer.Option(
            "--published",
            metavar="TARGET",
            help="Where rules are published to: names those that the job has not answered.",
        ),
    ] = None,
    kafka_config: KafkaConfig = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Show the rules that a job began with and read: by rule the present version, and what became of each update.

    Exits with 1 where a rule's newest update was rejected, where a rule was left out of a restored job, and where one
    that is published has no answer.

    Example: pyflink-cep status out/card_fraud/status --published updates
    """
    statuses = read_outcomes(target_of(source, kafka_config, "FROM"))
    missing: dict[str, int] | None = None
    if published is not None:
        missing = unanswered(existing_target(published, kafka_config, "--published").history(), statuses)
    if output is Format.JSON:
        print_json(_as_json(statuses, missing))
    else:
        _print(statuses, missing)
    if missing or any(of_rule.is_rejected or of_rule.is_left_out for of_rule in statuses):
        raise typer.Exit(FINDING)


def _print(statuses: Sequence[RuleStatus], missing: Mapping[str, int] | None) -> None:
    console = stdout()
    for of_rule in statuses:
        console.print(Text(of_rule.rule_id or "updates that name no rule", "bold") + _present(of_rule))
        blocks: list[str] = []
        for outcome in of_rule.outcomes:
            blocks = _blocks(outcome) if of_rule.is_news(outcome) else []
            _print_outcome(console, outcome, blocks)
        if not blocks:
            console.print()
    for rule_id, version in (missing or {}).items():
        console.print(Text(f"{rule_id}: v{version} is published, and the job has not answered", "bold red"))
    if missing:
        console.print()
    rules = [of_rule for of_rule in statuses if of_rule.rule_id is not None]
    if not rules:
        console.print("the job has told of no rule", soft_wrap=True)
    summary = [counted(len(rules), "rule")]
    if rejected := [of_rule for of_rule in rules if of_rule.is_rejected]:
        summary.append(f"the newest update of {len(rejected)} rejected")
    if left_out := [of_rule for of_rule in rules if of_rule.is_left_out]:
        summary.append(f"{len(left_out)} left out")
    if missing is not None:
        summary.append(
            f"{counted(len(missing), 'update')} not answered" if missing else "all updates answered"
        )
    console.print(
        Text(", ".join(summary), "bold red" if rejected or left_out or missing else "bold"), soft_wrap=True
    )


def _present(of_rule: RuleStatus) -> Text:
    if of_rule.rule_id is None:
        return Text()
    present = of_rule.present
    if present is None:
        return Text(": no version at work", "bold red")
    if present.outcome == "retired":
        return Text(f": retired by v{present.version}")
    if of_rule.is_left_out:
        return Text(f": v{present.version} left out, as it doesn't fit the columns of the events", "bold red")
    at_work = Text(f": v{present.version} at work")
    return at_work + Text(", the newest update was rejected", "bold red") if of_rule.is_rejected else at_work


def _print_outcome(console: Console, outcome: Outcome, blocks: Sequence[str]) -> None:
    at = "" if outcome.at is None else outcome.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    version = "" if outcome.version is None else f"v{outcome.version}"
    word = f"{outcome.outcome:16}"
    row = Text(f"  {at:19}  {version:4} ") + Text(word, _STYLES.get(outcome.outcome, ""))
    # The message of a rejected update is the text of its errors, which follow here as long as they matter.
    message = counted(len(outcome.errors), "error") if outcome.errors else "" if blocks else outcome.message
    message = message.partition("\n")[0]
    if message:
        row.append(f" {message}")
    row.rstrip()
    console.print(row, soft_wrap=True)
    for block in blocks:
        console.print(Text(textwrap.indent(f"\n{block}", "    ")), soft_wrap=True)
    if blocks:
        console.print()


def _blocks(outcome: Outcome) -> list[str]:
    """The errors of an update; a table that leaves them out still has them as the text of its message."""
    if not outcome.errors and "\n" in outcome.message:
        return [outcome.message]
    return [str(error) for error in outcome.errors]


def _as_json(statuses: Sequence[RuleStatus], missing: Mapping[str, int] | None) -> dict[str, Any]:
    rules = [
        {
            "id": of_rule.rule_id,
            "version": of_rule.present and of_rule.present.version,
            "retired": of_rule.present is not None and of_rule.present.outcome == "retired",
            "newest_rejected": of_rule.is_rejected,
            "left_out": of_rule.is_left_out,
            "outcomes": [
                {
                    "version": outcome.version,
                    "outcome": outcome.outcome,
                    "message": outcome.message,
                    "errors": [diagnostic_json(error) for error in outcome.errors],
                    "at": outcome.at and outcome.at.isoformat(),
                }
                for outcome in of_rule.outcomes
            ],
        }
        for of_rule in statuses
    ]
    if missing is None:
        return {"rules": rules}
    return {"rules": rules, "unanswered": [{"id": rule_id, "version": v} for rule_id, v in missing.items()]}
