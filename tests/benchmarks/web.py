"""What a lesson page costs to load: bytes over the wire and requests, in a real browser with an empty cache."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import chromium
from tests.benchmarks import Measured, benchmark
from tests.server import Server

PAGE = "/labs/visibility-timeout/"


@benchmark("web/lesson-page")
def lesson_page() -> Measured:
    executable = chromium.find()
    if executable is None:
        raise SystemExit(chromium.MISSING)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder)).prepare().start()
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.ARGUMENTS)
        try:
            page = browser.new_page()
            client = page.context.new_cdp_session(page)
            client.send("Network.enable")
            sizes: list[float] = []
            client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
            page.goto(server.url + PAGE)
            page.wait_for_load_state("networkidle")
        finally:
            browser.close()
            server.stop()
    return Measured(sum(sizes), f"bytes, {len(sizes)} requests", "limit", 90_000)
