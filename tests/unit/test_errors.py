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


@pytest.mark.parametrize("error_type", set(ERRORS) - {CepError})
def test_an_error_is_the_builtin_error_that_it_is_by_nature(error_type):
    natural = {ValueError, TypeError, KeyError, RuntimeError, FileNotFoundError}

    assert natural & set(error_type.__mro__)


def test_the_tree_in_the_docstring_has_every_error():
    for error_type in ERRORS:
        assert error_type.__name__ in errors.__doc__
