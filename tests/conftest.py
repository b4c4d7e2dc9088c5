"""Fixtures that more than one shelf uses.

`site` is a real server, `page` a real browser's page on it, `new_page` makes one for each further person;
`postgres_url` and `redis_url` are servers of their kind. Tests that use a browser get the mark `browser` and run last.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page, sync_playwright

from tests import chromium, services
from tests.browsing import Console, NewPage, People
from tests.scale import TORTURE
from tests.server import Server

settings.register_profile(
    "short", max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "torture", max_examples=1000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("torture" if TORTURE else "short")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests last: once Playwright's sync API has started, pytest-asyncio can start no loop in this thread."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for fixture, mark in (("browser", "browser"), ("postgres_url", "postgres"), ("redis_url", "redis")):
            if fixture in fixtures:
                item.add_marker(mark)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if not TORTURE:
        long_ones = [item for item in items if item.get_closest_marker("torture")]
        config.hook.pytest_deselected(items=long_ones)
        items[:] = [item for item in items if item not in long_ones]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The site in a process of its own, on an empty database; one for the whole session."""
    server = Server(tmp_path_factory.mktemp("site")).prepare().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chromium.find()
    if executable is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(chromium.MISSING)
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright's sync API keeps a loop running in this thread, where Django's ORM would refuse to work.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        launched = playwright.chromium.launch(executable_path=executable, args=chromium.ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def console() -> Console:
    """Errors in the browser's console fail the test, but for those it expects: `console.allow("404")`."""
    return Console()


@pytest.fixture
def new_page(browser: Browser, site: Server, console: Console) -> Iterator[NewPage]:
    people = People(browser, site.url, console)
    yield people
    people.close()
    assert console.unexpected() == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of an empty database on a PostgreSQL server."""
    with services.postgres() as url:
        if url is None:
            pytest.skip(services.NO_POSTGRES)
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Redis server."""
    with services.redis() as url:
        if url is None:
            pytest.skip(services.NO_REDIS)
        yield url
