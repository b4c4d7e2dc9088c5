"""What a lab's page costs to load: bytes over the wire and requests, in a real browser with an empty cache."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import chromium
from tests.benchmarks import Measured, benchmark
from tests.server import Server
from tests.weight import LABS, heaviest_of_each_kind, weigh

ORDINARY = "/labs/visibility-timeout/"
LIMIT = 90_000


@benchmark("web/lesson-page")
def worst() -> Measured:
    """The heaviest of all labs' pages."""
    return weighed(LABS)


@benchmark("web/ordinary-page")
def ordinary() -> Measured:
    return weighed([ORDINARY])


def weighed(addresses: list[str]) -> Measured:
    executable = chromium.find()
    if executable is None:
        raise SystemExit(chromium.MISSING)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder)).prepare().start()
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.ARGUMENTS)
        try:
            pages = {
                address: weigh(browser, server.url + address)
                for address in heaviest_of_each_kind(server.url, addresses)
            }
        finally:
            browser.close()
            server.stop()
    address, sizes = max(pages.items(), key=lambda page: sum(page[1].values()))
    return Measured(sum(sizes.values()), f"bytes, {len(sizes)} requests, {address}", "limit", LIMIT)
