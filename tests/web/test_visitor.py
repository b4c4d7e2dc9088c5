"""Visitors without an account."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from courseapp.web.ids import LETTERS, is_id, new_id
from courseapp.web.visitor import COOKIE, VisitorMiddleware, hashed, visitor_for, visitor_in, visitor_of

NOT_TOKENS = ["", "short", "a" * 21, "a" * 23, "a" * 21 + "!", "é" * 22, "a" * 22 + "\n"]


def answer_to(view: Any, **cookies: str) -> HttpResponse:
    request = RequestFactory().get("/")
    request.COOKIES.update(cookies)
    response = VisitorMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    return response


def looks(request: HttpRequest) -> HttpResponse:
    return HttpResponse(visitor_of(request) or "unknown")


def stores(request: HttpRequest) -> HttpResponse:
    assert visitor_for(request) == visitor_for(request) == visitor_of(request)
    return HttpResponse(visitor_for(request))


def test_looking_leaves_nobody_marked() -> None:
    response = answer_to(looks)
    assert response.content == b"unknown"
    assert not response.cookies


def test_storing_makes_a_visitor_known() -> None:
    first = answer_to(stores)
    cookie = first.cookies[COOKIE]
    assert is_id(cookie.value)
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] > 0
    again = answer_to(stores, visitor=cookie.value)
    assert again.content == first.content
    assert not again.cookies


def test_what_is_stored_is_not_the_token() -> None:
    token = new_id()
    stored = answer_to(looks, visitor=token).content.decode()
    assert stored == hashed(token)
    assert token not in stored


@pytest.mark.parametrize("forged", NOT_TOKENS)
def test_a_cookie_that_is_no_token_is_nobody(forged: str) -> None:
    assert answer_to(looks, visitor=forged).content == b"unknown"
    assert is_id(answer_to(stores, visitor=forged).cookies[COOKIE].value)


@pytest.mark.parametrize("header", [f"{COOKIE}={'t' * LETTERS}", f"csrftoken=x; {COOKIE}={'t' * LETTERS}; theme=dark"])
def test_a_socket_knows_the_same_visitor(header: str) -> None:
    scope = {"type": "websocket", "headers": [(b"host", b"localhost"), (b"cookie", header.encode())]}
    assert visitor_in(scope) == hashed("t" * LETTERS)


@pytest.mark.parametrize("header", [b"", b"visitor", b"visitor=short", b"\xff\xfe=;;=", b"other=" + b"t" * 22])
def test_a_socket_without_a_token_is_nobodys(header: bytes) -> None:
    assert visitor_in({"headers": [(b"cookie", header)]}) is None
    assert visitor_in({"headers": []}) is None


def test_names_are_long_and_do_not_repeat() -> None:
    names = {new_id() for _ in range(1000)}
    assert len(names) == 1000
    assert all(is_id(name) for name in names)
