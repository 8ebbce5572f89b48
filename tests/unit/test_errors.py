import json
import pickle

import pytest

from pyflink_cep import CepError, Diagnostic, PatternError, errors

UNKNOWN_STEP = Diagnostic(
    code="unknown-step",
    location="rules/card_fraud/card-testing.yaml",
    message="`sucess` is not a step",
    source="amount > 5\n\tAND sucess.card = fail.card",
    line=2,
    column=6,
    length=6,
    hint="did you mean `success`? Steps: `fail`, `success`",
)
NO_WINDOW = Diagnostic(code="missing-window", location="step `b`", message="a window is missing")
RENDERED = """\
rules/card_fraud/card-testing.yaml:2:6: error[unknown-step]: `sucess` is not a step
  2 | \tAND sucess.card = fail.card
    | \t    ^^^^^^

hint: did you mean `success`? Steps: `fail`, `success`"""
ERRORS = [error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, CepError)]


def test_a_diagnostic_underlines_its_source():
    assert str(UNKNOWN_STEP) == RENDERED


def test_an_error_says_all_that_is_wrong():
    error = PatternError(UNKNOWN_STEP, NO_WINDOW)

    assert str(error) == f"{RENDERED}\n\nstep `b`: error[missing-window]: a window is missing"


def test_diagnostics_are_read_from_json():
    fields = {name: getattr(UNKNOWN_STEP, name) for name in UNKNOWN_STEP.__slots__}

    assert PatternError.from_json(json.dumps([fields])).diagnostics == (UNKNOWN_STEP,)


@pytest.mark.parametrize("error_type", ERRORS)
def test_an_error_survives_pickling(error_type):
    error = pickle.loads(pickle.dumps(error_type(NO_WINDOW)))

    assert type(error) is error_type
    assert error.diagnostics == (NO_WINDOW,)
    assert str(error) == "step `b`: error[missing-window]: a window is missing"


@pytest.mark.parametrize("error_type", [error for error in ERRORS if error is not CepError])
def test_an_error_is_the_builtin_error_that_it_is_by_nature(error_type):
    natural = {ValueError, TypeError, KeyError, RuntimeError, FileNotFoundError}

    assert natural & set(error_type.__mro__)


def test_the_tree_in_the_docstring_has_every_error():
    for error_type in ERRORS:
        assert error_type.__name__ in errors.__doc__


@pytest.mark.parametrize(
    ("before", "after", "shown", "margin"),
    [
        (0, 300, f"amont < 1{'y' * 111}...", 0),
        (300, 300, f"...{'x' * 60}amont < 1{'y' * 51}...", 63),
        (300, 0, f"...{'x' * 60}amont < 1", 63),
        (50, 60, f"{'x' * 50}amont < 1{'y' * 60}", 50),
    ],
)
def test_of_a_long_line_what_is_around_the_error_is_shown(before, after, shown, margin):
    diagnostic = Diagnostic(
        code="unknown-field",
        location="update",
        message="`amont` is not a field",
        source=f"{'x' * before}amont < 1{'y' * after}",
        line=1,
        column=before + 1,
        length=5,
    )
    assert str(diagnostic) == (
        f"update:1:{before + 1}: error[unknown-field]: `amont` is not a field\n"
        f"  1 | {shown}\n"
        f"    | {' ' * margin}^^^^^"
    )
