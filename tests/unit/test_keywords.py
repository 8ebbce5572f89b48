import inspect

import pytest

import pyflink_cep
from pyflink_cep import ArgumentTypeError, Pattern, Rules, Skip, explaining, testing

CALLS = [
    *(
        value
        for name, value in vars(pyflink_cep).items()
        if name in pyflink_cep.__all__ and inspect.isfunction(value)
    ),
    testing.find_matches,
    explaining.explain,
    *(
        pytest.param(getattr(owner(), name) if bound else getattr(owner, name), id=f"{owner.__name__}.{name}")
        for owner, bound in ((Skip, False), (Rules, False))
        for name, value in vars(owner).items()
        if not name.startswith("_") and isinstance(value, staticmethod | classmethod)
    ),
    *(
        pytest.param(getattr(Pattern.begin("a"), name), id=f"Pattern.{name}")
        for name, value in vars(Pattern).items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, staticmethod))
    ),
]


@pytest.mark.parametrize("call", CALLS)
def test_an_unknown_keyword_is_refused_with_those_that_are_known(call):
    with pytest.raises(ArgumentTypeError, match=r"error\[unknown-argument\]: `nonsense` is not an argument"):
        call(nonsense=1)


def test_the_nearest_keyword_is_named():
    with pytest.raises(ArgumentTypeError) as error:
        Pattern.begin("a").within(minute=5)
    assert str(error.value) == (
        "within: error[unknown-argument]: `minute` is not an argument\n"
        "\n"
        "hint: did you mean `minutes`? Arguments: `weeks`, `days`, `hours`, `minutes`, `seconds`, `milliseconds`,"
        " `between`"
    )


def test_a_window_is_given_in_days_and_weeks():
    assert Pattern.begin("a").within(days=1) == Pattern.begin("a").within(hours=24)
    assert Pattern.begin("a").within(weeks=1, days=1) == Pattern.begin("a").within(hours=192)
    assert repr(Pattern.begin("a").within(weeks=1)) == "Pattern.begin('a').within(days=7)"
    assert Pattern.from_document({"steps": [{"begin": "a"}], "within": "1 week 1 day"}) == Pattern.begin(
        "a"
    ).within(days=8)
