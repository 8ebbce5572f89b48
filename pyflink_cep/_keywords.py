"""Keyword arguments that a call doesn't have, which Python alone refuses without the names that it knows."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from pyflink_cep.errors import ArgumentTypeError, Diagnostic, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")

_BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def known_keywords(call: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """Has a public call refuse an unknown keyword with the nearest that it knows."""
    parameters = inspect.signature(call).parameters.values()
    known = [p.name for p in parameters if p.kind in _BY_KEYWORD and p.name not in ("self", "cls")]

    @functools.wraps(call)
    def checked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Returned:
        __tracebackhide__ = True
        for name in kwargs:
            if name not in known:
                raise ArgumentTypeError(
                    Diagnostic(
                        code="unknown-argument",
                        location=call.__name__,
                        message=f"`{name}` is not an argument",
                        hint=did_you_mean(name, known, "Arguments"),
                    )
                )
        return call(*args, **kwargs)

    return checked
