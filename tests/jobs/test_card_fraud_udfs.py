"""Distance, speed and risk of payments, as plain functions."""

import json

import numpy as np
import pytest

from udfs import card_fraud_training
from udfs.card_fraud import distance_km, risk_model, risk_score, speed_kmh


@pytest.mark.parametrize(
    ("place", "other", "km"),
    [
        ((48.8566, 2.3522), (51.5074, -0.1278), 343.6),
        ((40.7128, -74.0060), (-33.8688, 151.2093), 15988.8),
        ((0.0, 179.5), (0.0, -179.5), 111.2),
        ((90.0, 0.0), (-90.0, 0.0), 20015.1),
        ((48.8566, 2.3522), (48.8566, 2.3522), 0.0),
    ],
)
def test_distance_is_that_of_the_great_circle(place, other, km):
    assert distance_km(*place, *other) == pytest.approx(km, abs=0.1)


def test_distance_from_no_place_is_none():
    places = np.array([np.nan, 48.8566])
    assert np.isnan(distance_km(places, places, 51.5, 0.0)).tolist() == [True, False]


def test_speed_is_distance_over_time():
    assert speed_kmh(np.array([900.0, 100.0, 3.0]), np.array([3600, 1800, 0])).tolist() == [
        900.0,
        200.0,
        10_800.0,
    ]


def test_risk_rises_with_what_is_unusual():
    usual = {"euros": 40.0, "average_eur": 40.0, "km_from_home": 2.0, "kmh": 5.0, "foreign_currency": False}
    unusual = [
        {},
        {"foreign_currency": True},
        {"euros": 200.0},
        {"euros": 200.0, "km_from_home": 9e3, "kmh": 2e4},
    ]
    risks = [score_one(**usual | more) for more in unusual]
    assert risks == sorted(risks)
    assert risks[0] < 0.01
    assert risks[-1] > 0.5


def test_risk_is_the_logistic_function_of_the_weighed_features():
    model = risk_model()
    above, _, _, _, online, _ = model["coefficients"]
    expected = 1 / (1 + np.exp(-(above * np.log(10) + online + model["intercept"])))
    online_payment = {"euros": 400.0, "average_eur": 40.0, "km_from_home": np.nan, "kmh": np.nan}
    assert score_one(**online_payment, foreign_currency=False) == pytest.approx(expected)


def test_risk_of_a_customer_without_a_profile_is_none():
    assert np.isnan(
        score_one(euros=40.0, average_eur=np.nan, km_from_home=2.0, kmh=5.0, foreign_currency=False)
    )


def test_training_gives_the_model_that_is_shipped(tmp_path):
    card_fraud_training.write_model(tmp_path / "model.json")
    trained = json.loads((tmp_path / "model.json").read_text())
    for name in ("coefficients", "intercept"):
        assert trained.pop(name) == pytest.approx(risk_model()[name], abs=1e-3)
    assert trained == {name: risk_model()[name] for name in ("model", "trained_by", "features")}


def score_one(**payment):
    return risk_score(**{name: np.array([value]) for name, value in payment.items()})[0]
