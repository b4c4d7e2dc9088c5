"""A link that says something else is drawn anew in the batch; one that does not is told in two words or not at all."""

from xml.etree import ElementTree

import pytest

from courseapp.engine.commands import Command
from courseapp.engine.world import Simulation
from courseapp.labs.picture import Shown
from courseapp.lessons.content import course

LINK = "shift-alerts/coordinator"


class Viewer:
    """What somebody knows of a lab's links, batch by batch."""

    def __init__(self, slug: str, narrow: bool = False) -> None:
        self.simulation = Simulation(course().lab(slug).architecture, seed=7)
        self.shown = Shown(self.simulation.architecture, narrow)
        self.shown.whole(self.simulation.view(), 0)

    def does(self, action: str, target: str, **parameters: object) -> dict[str, dict[str, str]]:
        """The links of the batch after that command."""
        now_ms = self.simulation.now_ms + 1
        self.simulation.apply(Command(now_ms, action, target, parameters))
        return self.later(now_ms)

    def later(self, now_ms: int) -> dict[str, dict[str, str]]:
        self.simulation.run_until(now_ms)
        links: dict[str, dict[str, str]] = self.shown.changes(self.simulation.view(), now_ms)["links"]
        return links


def test_a_subscription_that_is_confirmed_comes_with_the_picture_of_its_link() -> None:
    viewer = Viewer("reaching-people")
    links = viewer.does("ConfirmSubscription", LINK)
    assert set(links) == {LINK}
    drawn = ElementTree.fromstring(links[LINK]["svg"])
    assert drawn.get("data-link") == LINK and "pending confirmation" not in "".join(drawn.itertext())
    assert "narrow_svg" not in links[LINK]


def test_a_phone_gets_its_own_picture_of_the_link() -> None:
    links = Viewer("reaching-people", narrow=True).does("ConfirmSubscription", LINK)
    assert "narrow-link-" in links[LINK]["narrow_svg"] and "narrow-link-" not in links[LINK]["svg"]


@pytest.mark.parametrize("narrow", [False, True])
def test_links_that_stay_as_they_are_are_not_in_the_batch(narrow: bool) -> None:
    viewer = Viewer("reaching-people", narrow)
    viewer.later(500)
    assert viewer.later(501) == {}
