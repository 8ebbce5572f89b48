"""Keys and measures of alerts, with numbers that no DOUBLE holds as text."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyflink_cep import _gateway
from pyflink_cep._backtest.wording import plain
from pyflink_cep._plan import write_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pyflink_cep._rules import Rule
    from pyflink_cep._sql_type import SqlType


def exactly(alerts: pd.DataFrame, rules: Sequence[Rule], schema: Mapping[str, str]) -> pd.DataFrame:
    """The alerts, with exact numbers as text in the JSON of their keys, and with their measures as values.

    Args:
        alerts: Those of the rules.
        rules: The rules.
        schema: The SQL type of each column of the events.
    """
    columns = json.dumps(dict(schema))
    keys = _gateway.describe_types(columns).fields
    measures = {rule.id: _measure_types(rule, columns) for rule in rules}
    return alerts.assign(
        key=[json.dumps(plain(_values(key, keys)), ensure_ascii=False) for key in alerts["key"]],
        measures=[
            _values(text, measures[rule])
            for rule, text in zip(alerts["rule_id"], alerts["measures"], strict=True)
        ],
    )


def _measure_types(rule: Rule, columns: str) -> Mapping[str, SqlType]:
    if not rule.measures:
        return {}
    plan = write_plan(rule.pattern, partition_by=None, measures=rule.measures, order_by=None)
    return _gateway.check_plan(plan, columns).fields


def _values(text: str | None, types: Mapping[str, SqlType]) -> dict[str, Any]:
    values = json.loads(text or "{}", parse_float=Decimal)
    return {name: typed(value, types[name]) for name, value in values.items()}


def typed(value: Any, type_: SqlType) -> Any:
    """A value of Flink's JSON, read with exact numbers, as one of its type.

    Example:
        >>> from pyflink_cep._sql_type import SqlType
        >>> typed(Decimal("0.10"), SqlType("DECIMAL(10, 2)", "DECIMAL", precision=10, scale=2))
        Decimal('0.10')
        >>> typed(Decimal("0.10"), SqlType("DOUBLE", "DOUBLE"))
        0.1
    """
    if value is None:
        return None
    match type_.root:
        case "DECIMAL":
            return Decimal(value)
        case "FLOAT" | "DOUBLE":
            return float(value) if isinstance(value, int | Decimal) else value
        case "ROW":
            return {name: typed(value[name], field) for name, field in type_.fields.items()}
        case "ARRAY":
            return [typed(inner, type_.children[0]) for inner in value]
        case "MAP":
            return {name: typed(inner, type_.children[1]) for name, inner in value.items()}
    return value
