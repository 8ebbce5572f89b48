"""Enrichment of card payments: distance, speed, and a risk score from a small model.

The functions take and return columns (arrays or pandas Series), so a worker calls them once a batch. Missing values
are NaN. Each has a Flink function beside it, whose name ends in `_udf`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
from pyflink.table import DataTypes
from pyflink.table.udf import udf

EARTH_RADIUS_KM = 6371.0


@cache
def risk_model() -> dict:
    """The model that `udfs/card_fraud_training.py` wrote."""
    return json.loads(files("udfs").joinpath("card_fraud_model.json").read_text())


def distance_km(latitude, longitude, other_latitude, other_longitude):
    """Great-circle distance between places in degrees, by the haversine formula.

    Example:
        >>> float(distance_km(48.86, 2.35, 51.51, -0.13).round())  # Paris to London
        344.0
    """
    latitude, longitude, other_latitude, other_longitude = (
        np.radians(degrees) for degrees in (latitude, longitude, other_latitude, other_longitude)
    )
    half_chord = (
        np.sin((other_latitude - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(other_latitude) * np.sin((other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half_chord))


def speed_kmh(kilometres, seconds):
    """Speed over a distance; two places within the same second count as one second apart.

    Example:
        >>> float(speed_kmh(np.float64(150.0), 3600))
        150.0
    """
    return kilometres / np.maximum(seconds, 1) * 3600


def risk_features(euros, average_eur, km_from_home, kmh, foreign_currency) -> np.ndarray:
    """What the model sees of payments, a row each; the order is that of the model's `features`."""
    times_average = np.log(np.maximum(euros, 0.01) / average_eur)
    return np.column_stack(
        [
            np.maximum(times_average, 0),
            np.maximum(-times_average, 0),
            np.log1p(np.nan_to_num(km_from_home)),
            np.log1p(np.nan_to_num(kmh)),
            np.isnan(km_from_home),
            foreign_currency,
        ]
    ).astype(float)


def risk_score(euros, average_eur, km_from_home, kmh, foreign_currency) -> np.ndarray:
    """Probability, 0 to 1, that a payment is fraudulent, seen by itself: logistic regression of the shipped model.

    Args:
        euros: amount.
        average_eur: average amount of the customer; NaN, as for one without a profile, gives NaN.
        km_from_home: distance of the terminal from the customer's home; NaN for a payment online.
        kmh: speed since the card's previous payment at a terminal; NaN if there is none.
        foreign_currency: whether it was paid in another currency than the customer's own.
    """
    features = risk_features(euros, average_eur, km_from_home, kmh, foreign_currency)
    model = risk_model()
    return 1 / (1 + np.exp(-(features @ np.array(model["coefficients"]) + model["intercept"])))


@udf(result_type=DataTypes.DOUBLE(), func_type="pandas")
def distance_km_udf(
    latitude: pd.Series, longitude: pd.Series, other_latitude: pd.Series, other_longitude: pd.Series
) -> pd.Series:
    return distance_km(latitude, longitude, other_latitude, other_longitude)


@udf(result_type=DataTypes.DOUBLE(), func_type="pandas")
def speed_kmh_udf(kilometres: pd.Series, seconds: pd.Series) -> pd.Series:
    return speed_kmh(kilometres, seconds)


@udf(result_type=DataTypes.DOUBLE(), func_type="pandas")
def risk_score_udf(
    euros: pd.Series,
    average_eur: pd.Series,
    latitude: pd.Series,
    longitude: pd.Series,
    home_latitude: pd.Series,
    home_longitude: pd.Series,
    kmh: pd.Series,
    foreign_currency: pd.Series,
) -> pd.Series:
    km_from_home = distance_km(latitude, longitude, home_latitude, home_longitude)
    return pd.Series(risk_score(euros, average_eur, km_from_home, kmh, foreign_currency))
