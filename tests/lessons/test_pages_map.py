"""The course map: three lines, seven stops, and how much of a line is drawn in full colour."""

import pytest

from courseapp.lessons.course_map import horizontal, vertical

LINES = [
    ("sns", "sqs", "sfn"),
    ("sns",),
    ("sqs",),
    ("sns", "sqs"),
    ("sfn",),
    ("sns", "sqs", "sfn"),
    ("sns", "sqs", "sfn"),
]


def course(*states: str) -> list[tuple[tuple[str, ...], str]]:
    return list(zip(LINES, [*states, *["ahead"] * (7 - len(states))], strict=True))


CASES = [
    ("nothing done", course("now"), {}),
    ("two stops done, the third begun", course("done", "done", "now"), {"sns": 277, "sqs": 479}),
    ("the second skipped", course("done", "ahead", "now"), {"sqs": 479}),
    ("everything done", course(*["done"] * 7), {"sns": 1284, "sqs": 1284, "sfn": 1284}),
]


@pytest.mark.parametrize(("name", "stops", "reached"), CASES, ids=[case[0] for case in CASES])
def test_a_line_is_in_full_colour_as_far_as_its_stops_are_done(
    name: str, stops: list[tuple[tuple[str, ...], str]], reached: dict[str, int]
) -> None:
    finished = dict(horizontal(stops).finished)
    assert set(finished) == set(reached)
    for line, x in reached.items():
        assert str(x) in finished[line].replace("H", " ").split() or finished[line].endswith(f"{x} 58")


def test_a_stop_spans_the_lines_that_it_teaches() -> None:
    drawn = horizontal(course("now")).stops
    assert [stop.height for stop in drawn] == [86, 30, 30, 58, 30, 86, 30]
    tall = vertical(course("now")).stops
    assert [stop.width for stop in tall] == [64, 24, 24, 44, 24, 64, 24]


def test_both_maps_show_the_same_states() -> None:
    stops = course("done", "done", "now")
    assert [each.state for each in horizontal(stops).stops] == [each.state for each in vertical(stops).stops]
    assert [line for line, _ in horizontal(stops).finished] == [line for line, _ in vertical(stops).finished]
