"""Keys and measures of alerts, with numbers that no DOUBLE holds as text."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyflink_cep import _gateway
from pyflink_cep._plan import write_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pyflink_cep._rules import Rule
    from pyflink_cep._sql_type import SqlType

# Programs that read JSON's numbers as DOUBLE round whole ones beyond it.
_MOST = 2**53


def exactly(alerts: pd.DataFrame, rules: Sequence[Rule], schema: Mapping[str, str]) -> pd.DataFrame:
    """The alerts, with exact numbers in the JSON of their keys and measures as text.

    Args:
        alerts: Those of the rules.
        rules: The rules.
        schema: The SQL type of each column of the events.
    """
    columns = json.dumps(dict(schema))
    keys = _gateway.describe_types(columns).fields
    measures = {rule.id: _measure_types(rule, columns) for rule in rules}
    return alerts.assign(
        key=[_rewritten(key, keys) for key in alerts["key"]],
        measures=[
            _rewritten(text, measures[rule])
            for rule, text in zip(alerts["rule_id"], alerts["measures"], strict=True)
        ],
    )


def _measure_types(rule: Rule, columns: str) -> Mapping[str, SqlType]:
    if not rule.measures:
        return {}
    plan = write_plan(rule.pattern, partition_by=None, measures=rule.measures, order_by=None)
    return _gateway.check_plan(plan, columns).fields


def _rewritten(text: str | None, types: Mapping[str, SqlType]) -> str:
    values = json.loads(text or "{}", parse_float=Decimal)
    exact = {name: exact_json(value, types[name]) for name, value in values.items()}
    return json.dumps(exact, ensure_ascii=False)


def exact_json(value: Any, type_: SqlType) -> Any:
    """A value of Flink's JSON, read with exact numbers, as one that programs don't round.

    Example:
        >>> from pyflink_cep._sql_type import SqlType
        >>> exact_json(Decimal("0.10"), SqlType("DECIMAL(10, 2)", "DECIMAL", precision=10, scale=2))
        '0.10'
        >>> [exact_json(number, SqlType("BIGINT", "BIGINT")) for number in (5, 9007199254740993)]
        [5, '9007199254740993']
    """
    if value is None:
        return None
    match type_.root:
        case "DECIMAL":
            return f"{Decimal(value):f}"
        case "FLOAT" | "DOUBLE":
            return float(value) if isinstance(value, int | Decimal) else value
        case "BIGINT":
            return value if abs(value) <= _MOST else str(value)
        case "ROW":
            return {name: exact_json(value[name], field) for name, field in type_.fields.items()}
        case "ARRAY":
            return [exact_json(inner, type_.children[0]) for inner in value]
        case "MAP":
            return {name: exact_json(inner, type_.children[1]) for name, inner in value.items()}
    return value
