"""Pages of a real browser that do not let an error in the console pass."""

import re
from collections.abc import Callable
from re import Pattern
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from tests.scale import TORTURE

WITHIN_MS = 30_000  # what a page does by itself is waited for so long: the machine may be busy with other things
expect.set_options(timeout=WITHIN_MS)


class Console:
    """What the pages of one test said that they should not have said."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.allowed: list[str] = []

    def allow(self, pattern: str) -> None:
        """This test expects errors whose text matches the regular expression."""
        self.allowed.append(pattern)

    def watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def unexpected(self) -> list[str]:
        return [error for error in self.errors if not any(re.search(pattern, error) for pattern in self.allowed)]


class People:
    """Makes pages, each in a browser profile of its own (its own cookies), as different people have."""

    def __init__(self, browser: Browser, base_url: str, console: Console) -> None:
        self.browser, self.base_url, self.console = browser, base_url, console
        self.contexts: list[BrowserContext] = []

    def __call__(self, **options: Any) -> Page:
        """A page of somebody new. `options` are Playwright's for a context: viewport, color_scheme, …"""
        context = self.browser.new_context(**{"base_url": self.base_url, "locale": "en-GB", **options})
        self.contexts.append(context)
        context.set_default_timeout(WITHIN_MS)
        page = context.new_page()
        self.console.watch(page)
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()


NewPage = Callable[..., Page]


class HeldBack:
    """What a page asks for at addresses that match is not sent until it is let go."""

    def __init__(self, page: Page, address: Pattern[str]) -> None:
        self.page = page
        self.routes: list[Route] = []
        page.route(address, lambda route: self.routes.append(route))

    def let_go(self) -> None:
        """The first of them, once it was asked for."""
        waited_ms = 0
        while not self.routes and waited_ms < WITHIN_MS:
            self.page.wait_for_timeout(20)
            waited_ms += 20
        self.routes.pop(0).continue_()


def slowly(page: Page) -> None:
    """A tenth of the virtual time: a worker that has crashed is not back before a busy machine has looked."""
    smaller = page.get_by_role("button", name="Speed")
    if smaller.is_visible():
        smaller.click()
    page.get_by_role("radio", name="0.1×").click(force=True)
    expect(page.get_by_role("radio", name="0.1×")).to_be_checked()


def axe_violations(page: Page, colours_only: bool = False) -> list[str]:
    """What axe finds wrong with the page as it is now: one line for each rule, with the places. ``colours_only`` is for
    a page that was looked at in the other theme: nothing else can differ, so only the long form asks all again."""
    from axe_playwright_python.sync_playwright import Axe

    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if colours_only and not TORTURE:
        options["runOnly"] = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: " + "; ".join(" ".join(map(str, node["target"])) for node in rule["nodes"])
        for rule in found
    ]
