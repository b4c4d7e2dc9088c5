"""The fixtures for browser tests themselves, on the one page that every site has."""

import re

from playwright.sync_api import Page, expect

from tests.browsing import Console, NewPage


def test_a_wrong_address_is_a_page_with_a_heading(page: Page, console: Console) -> None:
    console.allow("status of 404")
    page.goto("/no/such/page/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_title(re.compile(r"\w"))


def test_an_error_in_the_console_is_noticed(new_page: NewPage, console: Console) -> None:
    page = new_page()
    page.evaluate("console.error('a broken thing')")
    page.evaluate("setTimeout(() => { throw new Error('nobody caught this') })")
    page.wait_for_event("pageerror", timeout=1000) if len(console.errors) < 2 else None
    assert [error.split(" (")[0] for error in console.unexpected()] == [
        "error: a broken thing",
        "uncaught: nobody caught this",
    ]
    console.allow("broken thing|nobody caught")
