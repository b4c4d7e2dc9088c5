"""The three scenarios of stop 6, as the course's pages list them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    slug: str
    title: str
    asks: str


SCENARIOS = (
    Scenario(
        "ruth",
        "Ruth can\N{RIGHT SINGLE QUOTATION MARK}t lose a sign-up",
        "Her database goes down now and then. What keeps sign-ups from being lost?",
    ),
    Scenario(
        "jessi",
        "Jessi has a list of steps",
        "Onboarding takes many steps. What spares her from building all that from scratch?",
    ),
    Scenario(
        "roger",
        "Roger doesn\N{RIGHT SINGLE QUOTATION MARK}t know who will listen next",
        "What lets present and future parts hear of orders and refunds?",
    ),
)


def best_scores(visitor: str) -> dict[str, int]:
    """Points (0 to 100) of this visitor's best attempt at each scenario that was tried to its end."""
    return {}
