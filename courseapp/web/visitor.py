"""Who is here, without an account.

A visitor is a random token of 128 bits in a cookie that no script can read. It is set only when something is stored
for the visitor: merely looking at pages leaves nobody marked. The database never sees the token, only its hash, so
that whoever reads a copy of the database cannot pass for a visitor.

    owner = visitor_for(request)     # about to store something: makes the visitor known if need be
    owner = visitor_of(request)      # only looking: None for somebody unknown
    owner = visitor_in(self.scope)   # the same for a socket, which cannot set cookies
"""

import hashlib
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from courseapp.web.ids import is_id, new_id

COOKIE = "visitor"
COOKIE_AGE_S = 365 * 24 * 3600
_NEW = "_new_visitor_token"


def hashed(token: str) -> str:
    """What may be stored of a token: 64 hexadecimal digits (SHA-256; the token is random, so it needs no salt)."""
    return hashlib.sha256(token.encode()).hexdigest()


def visitor_of(request: HttpRequest) -> str | None:
    """The visitor's hash, or None for somebody who has no token yet."""
    token = getattr(request, _NEW, None) or request.COOKIES.get(COOKIE, "")
    return hashed(token) if is_id(token) else None


def visitor_for(request: HttpRequest) -> str:
    """The visitor's hash. Somebody unknown gets a token, which the middleware sends along with the answer."""
    known = visitor_of(request)
    if known is not None:
        return known
    token = new_id()
    setattr(request, _NEW, token)
    return hashed(token)


def visitor_in(scope: Mapping[str, Any]) -> str | None:
    """The visitor's hash from the cookies of an ASGI scope, or None."""
    cookies: SimpleCookie = SimpleCookie()
    for name, value in scope.get("headers", ()):
        if name == b"cookie":
            try:
                cookies.load(value.decode("latin-1"))
            except CookieError:
                return None
    token = cookies[COOKIE].value if COOKIE in cookies else ""
    return hashed(token) if is_id(token) else None


class VisitorMiddleware:
    """Sends the cookie if the view made a visitor known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        token = getattr(request, _NEW, None)
        if token is not None:
            response.set_cookie(
                COOKIE, token, max_age=COOKIE_AGE_S, httponly=True, samesite="Lax", secure=request.is_secure()
            )
        return response
