"""How long tests wait: only one that fails waits so long. A busy machine takes many times what a free one takes."""

import time

SECONDS = 600


def awaited(give, is_so=bool):
    """What a function gives, once that is so: once it is something, where nothing else is asked for."""
    deadline = time.monotonic() + SECONDS
    while not is_so(given := give()):
        assert time.monotonic() < deadline, f"it wasn't so within {SECONDS} s: {given!r}"
        time.sleep(0.1)
    return given
