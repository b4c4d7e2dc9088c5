"""The closest name, also among very many."""

import pytest

from courseapp.engine.states.suggestions import FEW, closest_name

MANY = [f"{letter}{number:03}Letter" for letter in ("Send", "Read", "Keep") for number in range(500)]


@pytest.mark.parametrize("wrong", ["Read123Leter", "Rad123Letter", "read123letter", "Read123Letterr", "ead123Letter"])
def test_the_name_meant_is_found_among_many(wrong: str) -> None:
    assert len(MANY) > FEW
    assert closest_name(wrong, MANY) == "Read123Letter"


def test_nothing_is_offered_for_what_is_like_no_name() -> None:
    assert closest_name("xyz", MANY) is None
    assert closest_name("xyz", ["Wait"]) is None
    assert closest_name("x" * 1000, ["x" * 1001]) is None
