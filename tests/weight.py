"""What pages weigh on the wire, in a real browser with an empty cache."""

import re
from collections.abc import Iterable
from urllib.request import Request, urlopen

from playwright.sync_api import Browser

from courseapp.lessons.content import course

LABS = [f"/labs/{lab.slug}/" for lab in course().labs]


def weigh(browser: Browser, address: str) -> dict[str, int]:
    """Bytes of each answer that the page asks for until it rests, headers too, by its path."""
    context = browser.new_context()
    try:
        page = context.new_page()
        client = context.new_cdp_session(page)
        client.send("Network.enable")
        paths: dict[str, str] = {}
        sizes: dict[str, int] = {}
        client.on("Network.requestWillBeSent", lambda sent: paths.update({sent["requestId"]: sent["request"]["url"]}))
        client.on(
            "Network.loadingFinished",
            lambda done: sizes.update({paths[done["requestId"]]: round(done["encodedDataLength"])}),
        )
        page.goto(address)
        page.wait_for_load_state("networkidle")
        return sizes
    finally:
        context.close()


def heaviest_of_each_kind(site: str, addresses: Iterable[str]) -> list[str]:
    """Of the pages that load the same files, the one that is the longest itself: the others weigh less."""
    heaviest: dict[tuple[frozenset[str], bool], tuple[int, str]] = {}
    for address in addresses:
        asked = Request(site + address, headers={"Accept-Encoding": "br"})
        with urlopen(asked, timeout=10) as answer:
            packed = len(answer.read())
        with urlopen(site + address, timeout=10) as answer:
            html = answer.read().decode()
        files = frozenset(re.findall(r'"(/static/[^"]+)"', html))
        kind = files, 'id="show-data" aria-pressed="true"' in html  # then a workflow's script comes at once
        heaviest[kind] = max(heaviest.get(kind, (0, "")), (packed, address))
    return [address for _, address in heaviest.values()]
