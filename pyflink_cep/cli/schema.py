"""`pyflink-cep schema`."""

import json

from pyflink_cep.cli.console import print_json


def schema() -> None:
    """Print the JSON Schema of rule documents, for editors to check and complete them.

    Example: pyflink-cep schema > rules/rule.schema.json
    """
    # Flink's modules take a second to import.
    from pyflink_cep import _gateway

    print_json(json.loads(_gateway.rule_schema()))
