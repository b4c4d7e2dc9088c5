"""Paths that would look at very much."""

from typing import Any

import pytest

from courseapp.engine.states.errors import StatesError
from courseapp.engine.states.paths import compile_path
from courseapp.engine.states.pathsteps import select

MANY = [{"s": "a" * 30, "k": number, "l": [1, 2]} for number in range(2000)]


def found(path: str, value: Any) -> list[Any]:
    return select(value, compile_path(path).steps, lambda effort: None)


@pytest.mark.parametrize(
    "path",
    [
        "$[?($..k)]",
        "$[?($..none)]",
        "$[?($[?($[?(@.k)])])]",
        "$[?($[?(@.none)])]",
        "$[?(@.k in $[*].k)]",
        "$[?(@ in $)]",
        "$[?($ == $)]",
        "$[?(@.l subsetof $..k)]",
    ],
)
def test_what_filters_look_at_is_counted(path: str) -> None:
    with pytest.raises(StatesError, match="looks at more than"):
        found(path, MANY)


@pytest.mark.parametrize(
    "path", ["$..*", "$[?(@.k >= 0)]", "$..[?(@.k)]", "$[?(@.s =~ /a+/)]", "$[?(@.k == $[1999].k || @.k >= 0)]"]
)
def test_an_ordinary_filter_reads_a_large_input(path: str) -> None:
    assert len(found(path, MANY)) >= len(MANY)


def test_the_root_is_the_same_in_filters_within_filters() -> None:
    value = {"wanted": 2, "rows": [{"cells": [{"n": 1}]}, {"cells": [{"n": 2}], "wanted": 1}]}
    assert found("$.rows[?(@.cells[?(@.n == $.wanted)].n)].cells[0].n", value) == [2]
