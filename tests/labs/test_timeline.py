"""The lanes of the time bar: ages that grow by themselves, and figures that change in steps."""

from hypothesis import given
from hypothesis import strategies as st

from courseapp.labs.timeline import AGE, MOST_POINTS, Lane


def lane() -> Lane:
    return Lane("orders", AGE, "orders oldest waits, s")


def test_an_age_is_a_slope_from_the_message_that_it_is_of() -> None:
    age = lane()
    assert age.grow(0, 0, holds=True) == [(0, 0)]
    assert age.grow(4_000, 4, holds=True) == [(4_000, 4)]
    assert age.grow(9_000, 9, holds=True) == [(9_000, 9)]
    assert age.points == [(0, 0), (9_000, 9)]  # what lies on the line between says nothing


def test_an_age_has_grown_until_the_moment_at_which_its_message_goes() -> None:
    age = lane()
    age.grow(0, 0, holds=True)
    assert age.grow(6_000, 0, holds=False) == [(6_000, 6), (6_000, 0)]
    assert age.points == [(0, 0), (6_000, 6), (6_000, 0)]


def test_the_next_message_may_be_younger() -> None:
    age = lane()
    age.grow(0, 0, holds=True)
    assert age.grow(6_000, 2, holds=True) == [(6_000, 6), (6_000, 2)]
    assert age.grow(8_000, 4, holds=True) == [(8_000, 4)]


def test_an_empty_queue_does_not_age() -> None:
    age = lane()
    age.grow(0, 0, holds=False)
    assert age.grow(5_000, 0, holds=False) == [(5_000, 0)]
    assert max(value for _, value in age.points) == 0


def test_messages_that_do_not_count_do_not_age() -> None:
    """AWS leaves out what was received three times and more: a queue that holds only such stays at 0."""
    age = lane()
    age.grow(0, 0, holds=True)
    assert age.grow(5_000, 0, holds=True) == [(5_000, 0)]


def test_looking_twice_at_one_instant_is_noted_once() -> None:
    age = lane()
    age.grow(3_000, 2, holds=True)
    assert age.grow(3_000, 2, holds=True) == []
    assert age.points == [(3_000, 2)]


@given(st.lists(st.tuples(st.integers(1, 5_000), st.integers(0, 50), st.booleans()), max_size=60))
def test_an_age_never_goes_back_in_time_and_ends_with_what_was_seen(looks: list[tuple[int, int, bool]]) -> None:
    age, at_ms, told = lane(), 0, []
    for after_ms, value, holds in looks:
        at_ms += after_ms
        told += age.grow(at_ms, float(value), holds)
        assert age.points[-1] == (at_ms, value)
    assert [at for at, _ in age.points] == sorted(at for at, _ in age.points)
    assert set(age.points) <= set(told)


def test_a_figure_is_noted_when_it_changes() -> None:
    waiting = Lane("orders", "ApproximateNumberOfMessagesVisible", "orders waiting")
    assert [waiting.add(at, value) for at, value in [(0, 0), (10, 0), (20, 3), (20, 5), (30, 5)]] == [
        True, False, True, True, False,
    ]  # fmt: skip
    assert waiting.points == [(0, 0), (20, 5)]


def test_a_long_run_keeps_its_peaks() -> None:
    waiting = Lane("orders", "ApproximateNumberOfMessagesVisible", "orders waiting")
    for place in range(4 * MOST_POINTS):
        waiting.add(place, 1_000 if place == 77 else place % 2)
    assert len(waiting.points) <= MOST_POINTS
    assert (77, 1_000) in waiting.points
