"""Train the risk model of `udfs/card_fraud.py` on generated payments, and write `udfs/card_fraud_model.json`.

Logistic regression by Newton's method, with a small ridge penalty: no library, and the same file every time.
It is trained on another seed than the demo's, so that the demo is a test of it.

Run:    python -m udfs.card_fraud_training
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from generators.card_fraud import generate
from udfs.card_fraud import distance_km, risk_features, speed_kmh

SEED, PAYMENTS = 20, 100_000
RIDGE = 1.0
FEATURES = (
    "log_times_above_average",
    "log_times_below_average",
    "log_km_from_home",
    "log_kmh",
    "online",
    "foreign_currency",
)


def training_data(seed: int = SEED, payments: int = PAYMENTS) -> tuple[np.ndarray, np.ndarray]:
    """Features of generated payments, and whether each is fraudulent."""
    dataset = generate(payments, seed)
    malformed = {payload for _, payload in dataset.malformed}
    paid = pd.DataFrame(json.loads(line) for line in dataset.payments if line not in malformed)
    customers = (
        pd.DataFrame(map(json.loads, dataset.customers))
        .drop_duplicates("customer_id")
        .set_index("customer_id")
    )
    rates = pd.DataFrame(map(json.loads, dataset.rates)).set_index(["currency", "valid_from"])["per_eur"]

    paid["seconds"] = pd.to_datetime(paid["paid_at"]).astype("datetime64[ms, UTC]").astype("int64") / 1000
    paid = paid.sort_values("seconds", kind="stable")
    day = paid["paid_at"].str[:10] + "T00:00:00.000Z"
    euros = paid["amount"].to_numpy() / rates.loc[list(zip(paid["currency"], day, strict=True))].to_numpy()
    profile = customers.loc[paid["customer_id"]]
    previous = paid.groupby([paid["card_id"], paid["latitude"].isna()])[
        ["latitude", "longitude", "seconds"]
    ].shift()
    place = paid["latitude"].to_numpy(float), paid["longitude"].to_numpy(float)
    kilometres = distance_km(*place, previous["latitude"].to_numpy(), previous["longitude"].to_numpy())
    features = risk_features(
        euros,
        profile["average_eur"].to_numpy(),
        distance_km(*place, profile["home_latitude"].to_numpy(), profile["home_longitude"].to_numpy()),
        speed_kmh(kilometres, paid["seconds"].to_numpy() - previous["seconds"].to_numpy()),
        paid["currency"].to_numpy() != profile["currency"].to_numpy(),
    )
    fraudulent = paid["payment_id"].isin({payment_id for payment_id, _, _ in dataset.labels})
    return features, fraudulent.to_numpy(float)


def train(features: np.ndarray, fraudulent: np.ndarray) -> np.ndarray:
    """Coefficients of the features, then the intercept."""
    design = np.column_stack([features, np.ones(len(features))])
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        score = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (fraudulent - score) - RIDGE * weights
        hessian = (design * (score * (1 - score))[:, None]).T @ design + RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(hessian, gradient)
    return weights


def write_model(path: Path) -> None:
    """Trains the model, and writes it as JSON."""
    *coefficients, intercept = train(*training_data()).round(4).tolist()
    model = {
        "model": "logistic regression",
        "trained_by": "python -m udfs.card_fraud_training",
        "features": FEATURES,
        "coefficients": coefficients,
        "intercept": intercept,
    }
    path.write_text(json.dumps(model, indent=2) + "\n")


if __name__ == "__main__":
    write_model(Path(__file__).with_name("card_fraud_model.json"))
