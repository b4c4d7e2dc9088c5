"""The stage in a real browser, driven by hand: a node's newer picture is never covered by one that waited."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

STAGE = """async () => {
    const { Stage } = await import("/source/labs/stage.js");
    document.body.innerHTML = `<div class="stage"><div class="stage-drawing"><svg class="dg" viewBox="0 0 90 90">
        <g class="node" data-node="m"><text>at rest</text></g></svg></div><canvas></canvas></div>`;
    const stage = new Stage(document.querySelector(".stage")), wall = performance.now();
    const drawn = (words) => ({ parts: { m: `<g class="node" data-node="m"><text>${words}</text></g>` } });
    stage.landing.set("m", wall + 50);
    stage.playback.shown = 1500;
    stage.play({ at: 1000, state: drawn("old") }, wall);
    const shows = stage.nowOf("m");
    DO
    return [shows, stage.node("m").textContent, stage.nowOf("m")];
}"""


def source(route: Route) -> None:
    """A module by itself; the site sends those of a page as one file."""
    path = settings.BASE_DIR / "static" / route.request.url.partition("/source/")[2]
    route.fulfill(path=path, content_type="text/javascript")


@pytest.mark.parametrize(
    "do",
    [
        'stage.play({ at: 1200, state: drawn("new") }, wall + 60); stage.land(wall + 60);',
        'stage.todo.push({ at: 1200, state: drawn("new") }); stage.flush();',
    ],
    ids=["as it lands", "when all is shown at once"],
)
def test_a_picture_that_waited_for_messages_to_land_never_covers_a_newer_one(page: Page, do: str) -> None:
    page.route("**/source/**", source)
    page.goto("/")
    assert page.evaluate(STAGE.replace("DO", do)) == [999, "new", 1500]
