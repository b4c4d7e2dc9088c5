"""The order of options: fixed for an attempt, new for the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseapp.quizzes.loader import scenarios
from courseapp.quizzes.order import fresh_seed, ordered, seed_of

OPTIONS = ["sqs", "sns", "step-functions", "browser-retry", "direct"]


@given(st.integers(0, 2**63 - 1), st.integers(1, 2))
def test_a_seed_gives_the_same_order_of_all_options_always(seed: int, part: int) -> None:
    assert ordered(seed, part, OPTIONS) == ordered(seed, part, OPTIONS[::-1])
    assert sorted(ordered(seed, part, OPTIONS)) == sorted(OPTIONS)


def test_an_order_is_the_same_in_every_process() -> None:
    assert seed_of("ruth", "", 1) == 5249092893030855958
    assert ordered(1, 1, OPTIONS) == ["sqs", "direct", "browser-retry", "sns", "step-functions"]


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda each: each.slug)
@given(visitor=st.text("0123456789abcdef", min_size=64, max_size=64), number=st.integers(2, 40))
def test_the_next_attempt_has_another_order_in_every_part(scenario, visitor: str, number: int) -> None:  # type: ignore[no-untyped-def]
    before = seed_of(scenario.slug, visitor, number - 1)
    seed = fresh_seed(scenario.slug, visitor, number, scenario.option_ids, before)
    assert seed < 2**63
    for part, options in enumerate(scenario.option_ids, start=1):
        assert ordered(seed, part, options) != ordered(before, part, options)


def test_no_place_is_the_place_of_the_right_option() -> None:
    places = {ordered(seed_of("ruth", str(visitor), 1), 1, OPTIONS).index("sqs") for visitor in range(60)}
    assert places == {0, 1, 2, 3, 4}
