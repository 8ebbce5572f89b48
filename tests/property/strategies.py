"""Hypothesis strategies: patterns that are not refused."""

from datetime import timedelta

from hypothesis import strategies as st

from pyflink_cep import Pattern, Skip
from pyflink_cep._check import last_absences

SCHEMA = {"ts": "BIGINT", "amount": "DOUBLE", "name": "STRING", "note": "STRING"}
conditions = st.sampled_from(
    ["amount < 1", "amount > LAST(a.amount)", "name = 'it''s'", "note = 'a\nb'", "TRUE"]
)
durations = st.integers(1, 2 * 3_600_000).map(lambda ms: timedelta(milliseconds=ms))
gaps = st.none() | durations


@st.composite
def patterns(draw, max_steps=4):
    """Patterns over steps `a`, `b`, ... with groups, every quantifier, windows and skip strategies."""
    names = iter("abcdefghijklmnopqrstuvwxyz")
    pattern = draw(sequences(names, max_steps, depth=2))
    targets = [step.body for step in pattern.steps if isinstance(step.body, str)]
    pattern = Pattern(pattern.steps, draw(skips(targets)))
    if any(last_absences(pattern)) or draw(st.booleans()):
        # No gap in the pattern is longer.
        pattern = pattern.within(hours=draw(st.integers(2, 5)))
    return pattern


@st.composite
def skips(draw, targets):
    plain = [Skip.none(), Skip.to_next(), Skip.past_last_event()]
    to_step = [
        strategy(step, throw_on_miss)
        for strategy in (Skip.to_first, Skip.to_last)
        for step in targets
        for throw_on_miss in (False, True)
    ]
    return draw(st.sampled_from(plain + to_step))


@st.composite
def sequences(draw, names, max_steps, depth):
    pattern = draw(details(Pattern.begin(draw(bodies(names, depth)))))
    for _ in range(draw(st.integers(0, max_steps - 1))):
        verbs = ["next", "followed_by", "followed_by_any"]
        if not pattern.steps[-1].optional:
            verbs += ["not_next", "not_followed_by"]
        verb = draw(st.sampled_from(verbs))
        body = next(names) if verb.startswith("not_") else draw(bodies(names, depth))
        if pattern.steps[-1].greedy and isinstance(body, Pattern) and body.steps[0].can_begin_later:
            body = next(names)
        pattern = draw(details(getattr(pattern, verb)(body)))
    return pattern


@st.composite
def bodies(draw, names, depth):
    if depth and draw(st.integers(0, 4)) == 0:
        return draw(sequences(names, max_steps=2, depth=depth - 1))
    return next(names)


@st.composite
def details(draw, pattern):
    """What can be said about a pattern's last step."""
    step = pattern.steps[-1]
    if not step.group:
        for method in draw(st.lists(st.sampled_from(["where", "or_where"]), max_size=3)):
            pattern = getattr(pattern, method)(draw(conditions))
    if not step.is_not:
        pattern = draw(repeated(pattern))
        after_greedy = len(pattern.steps) > 1 and pattern.steps[-2].greedy
        if not after_greedy and draw(st.booleans()):
            pattern = pattern.optional()
    if pattern.steps[-1].times and pattern.steps[-1].times.is_loop and draw(st.booleans()):
        pattern = pattern.until(draw(conditions))
    if draw(st.integers(0, 4)) == 0:
        pattern = pattern.within(draw(durations), between="previous_and_current")
    return pattern


@st.composite
def repeated(draw, pattern):
    step = pattern.steps[-1]
    methods = ["once", "times", "between"]
    if not step.can_be_empty:
        methods += ["one_or_more", "times_or_more"]
    match draw(st.sampled_from(methods)):
        case "once":
            return pattern
        case "times":
            pattern = pattern.times(draw(st.integers(1, 4)), within=draw(gaps))
        case "between":
            least = draw(st.integers(1, 3))
            pattern = pattern.times(least, draw(st.integers(least, 4)), within=draw(gaps))
        case "one_or_more":
            pattern = pattern.one_or_more(within=draw(gaps))
        case "times_or_more":
            pattern = pattern.times_or_more(draw(st.integers(1, 3)), within=draw(gaps))
    if not step.group and draw(st.booleans()):
        pattern = pattern.greedy()
    inner = draw(st.sampled_from([None, "consecutive", "allow_combinations"]))
    return getattr(pattern, inner)() if inner else pattern
