"""`pyflink-cep publish`."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from pyflink_cep._publishing.history import changes
from pyflink_cep._rule_tests import run_tests
from pyflink_cep._rules import Rule, Rules
from pyflink_cep._schema_file import read_schema
from pyflink_cep.cli.console import print_json, say
from pyflink_cep.cli.difference import changes_json, print_changes
from pyflink_cep.cli.options import (
    Create,
    DryRun,
    Format,
    KafkaConfig,
    OutputFormat,
    PublishTarget,
    RulePaths,
    SchemaFile,
    existing_target,
)
from pyflink_cep.errors import Diagnostic, InputError


def publish(
    rules: RulePaths,
    to: PublishTarget,
    create: Create = False,
    schema: SchemaFile = None,
    dry_run: DryRun = False,
    skip_tests: Annotated[
        bool, typer.Option("--skip-tests", help="Publish rules whose own tests fail, too.")
    ] = False,
    kafka_config: KafkaConfig = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Check rules, run their tests, and write those that have changed to where jobs read them.

    A rule whose content has changed needs a higher version. A rule is taken away by `status: retired`.

    Example: pyflink-cep publish rules/card_fraud --to updates --dry-run
    """
    target = existing_target(to, kafka_config, "--to", create=create)
    columns = None if schema is None else read_schema(schema)
    checked = Rules.load(*rules).check(columns)
    found = changes(checked, target.history())
    if not skip_tests:
        changed = {change.proposed.id for change in found if change.is_written}
        _test([rule for rule in checked if rule.id in changed], columns)
    written = [change.proposed for change in found if change.is_written]
    if written and not dry_run:
        target.publish(written)
    if output is Format.JSON:
        print_json(changes_json(found, to, dry_run=dry_run))
    else:
        print_changes(found, to, dry_run=dry_run)
    if written and skip_tests and columns is None:
        say("hint: nothing has checked the columns that the rules name: that takes --schema, or their tests")


def _test(rules: Sequence[Rule], columns: Mapping[str, str] | None) -> None:
    """Runs the rules' own tests.

    Raises:
        InputError: Some fail, or can't be run.
    """
    failed: list[Diagnostic] = []
    for rule in rules:
        for number, result in enumerate(run_tests(rule, columns)):
            if result.error is not None:
                failed += result.error.diagnostics
            elif result.outcome != "passed":
                failed.append(
                    rule.places.diagnostic(
                        f"tests[{number}].name",
                        "failed-test",
                        f"the test `{result.name}` of `{rule.id}` doesn't pass",
                        f"see why by `pyflink-cep test {rule.source}`, or pass --skip-tests",
                    )
                )
    if failed:
        # What is wrong with the rule is wrong in each of its tests, and comes before where that was found.
        failed = list(dict.fromkeys(failed))
        unfit = [diagnostic for diagnostic in failed if diagnostic.code == "unfit-fields"]
        raise InputError(*(diagnostic for diagnostic in failed if diagnostic not in unfit), *unfit[:1])
