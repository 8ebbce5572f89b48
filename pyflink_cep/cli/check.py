"""`pyflink-cep check`."""

import typer

from pyflink_cep._rule_warnings import warnings_of
from pyflink_cep._rules import Rules
from pyflink_cep._schema_file import read_schema
from pyflink_cep.cli.console import counted, diagnostic_json, exit_code, print_json, say, stdout
from pyflink_cep.cli.options import Format, OutputFormat, RulePaths, SchemaFile
from pyflink_cep.errors import CepError


def check(rules: RulePaths, schema: SchemaFile = None, output: OutputFormat = Format.TEXT) -> None:
    """Check rules, and say all that is wrong with them.

    With --schema the names and types of fields are checked too. What is allowed and hardly meant is a warning, on
    stderr.

    Example: pyflink-cep check rules/card_fraud --schema payments.json
    """
    columns = None if schema is None else read_schema(schema)
    try:
        checked = Rules.load(*rules).check(columns, tests=True)
    except CepError as error:
        if output is Format.TEXT:
            raise
        errors = [diagnostic_json(diagnostic) for diagnostic in error.diagnostics]
        print_json({"schema": columns, "rules": [], "errors": errors, "warnings": []})
        raise typer.Exit(exit_code(error)) from None
    warnings = [warning for rule in checked for warning in warnings_of(rule)]
    if output is Format.JSON:
        found = [
            {"id": rule.id, "version": rule.version, "status": rule.status, "source": rule.source}
            for rule in checked
        ]
        told = [diagnostic_json(warning) for warning in warnings]
        print_json({"schema": columns, "rules": found, "errors": [], "warnings": told})
        return
    for rule in checked:
        stdout().print(f"{rule.source}: {rule.id} v{rule.version}", markup=False, soft_wrap=True)
    for warning in warnings:
        say(f"\n{warning}")
    looked_up = (
        "without the names and types of fields: give --schema FILE to check those too"
        if columns is None
        else f"with the {counted(len(columns), 'column')} of {schema}"
    )
    typer.echo(f"\n{counted(len(checked), 'rule')} checked, {looked_up}")
