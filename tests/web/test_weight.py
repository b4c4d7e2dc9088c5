"""Every lab's page stays light: a budget of bytes and requests with an empty cache."""

from playwright.sync_api import Browser

from tests.server import Server
from tests.weight import LABS, heaviest_of_each_kind, weigh

BYTES, REQUESTS = 75_000, 8


def test_no_labs_page_costs_more_than_its_budget(browser: Browser, site: Server) -> None:
    for address in heaviest_of_each_kind(site.url, LABS):
        sizes = weigh(browser, site.url + address)
        told = f"{address}: {sum(sizes.values()):,} bytes in {len(sizes)} requests\n" + "\n".join(
            f"  {size:7,} {path.removeprefix(site.url)}"
            for path, size in sorted(sizes.items(), key=lambda each: -each[1])
        )
        assert sum(sizes.values()) <= BYTES and len(sizes) <= REQUESTS, told
