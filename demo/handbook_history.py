"""Make a history for `pyflink-cep backtest` of payments as the Fraud Detection Handbook simulates them.

Beside each payment (kind `payment`) that is fraudulent comes, a week later, its chargeback (kind `chargeback`), which
names the terminal and no customer and has no label. A rule that reads them knows what a bank would know at the time.

Run:    python -m demo.handbook_history payments.parquet out/handbook_history.parquet
        pyflink-cep backtest rules/handbook --events out/handbook_history.parquet --time at --label fraud_scenario

Reads a Parquet file with the columns payment_id, paid_at, customer_id, terminal_id, amount and fraud_scenario (0 for
none).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pa_parquet

CHARGEBACK_AFTER = pd.Timedelta(days=7)


def main() -> None:
    """Reads payments, and writes the history."""
    parser = argparse.ArgumentParser(description="Add chargebacks to payments.")
    parser.add_argument("payments", type=Path)
    parser.add_argument("history", type=Path)
    arguments = parser.parse_args()
    history = with_chargebacks(pa_parquet.read_table(arguments.payments))
    arguments.history.parent.mkdir(parents=True, exist_ok=True)
    pa_parquet.write_table(history, arguments.history)


def with_chargebacks(payments: pa.Table) -> pa.Table:
    """The payments and their chargebacks, one after the other: a backtest sorts them."""
    payments = payments.rename_columns(
        ["at" if name == "paid_at" else name for name in payments.column_names]
    )
    fraud = payments.filter(pc.greater(payments["fraud_scenario"], 0))
    at = pc.add(fraud["at"], pa.scalar(CHARGEBACK_AFTER, pa.duration(fraud["at"].type.unit)))
    known = pc.less_equal(at, pc.max(payments["at"]))
    chargebacks = pa.table({"at": at, "payment_id": fraud["payment_id"], "terminal_id": fraud["terminal_id"]})
    return pa.concat_tables(
        [
            payments.append_column("kind", pa.array(["payment"] * len(payments))),
            chargebacks.append_column("kind", pa.array(["chargeback"] * len(chargebacks))).filter(known),
        ],
        promote_options="default",
    )


if __name__ == "__main__":
    main()
