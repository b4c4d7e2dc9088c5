"""A strict Content-Security-Policy with a nonce for each request (Django 5.2 has none of its own; 6.0 does)."""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

NONCE_BYTES = 16
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class ContentSecurityPolicyMiddleware:
    """Puts `csp_nonce` on the request and the policy on every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
        return response


def csp_nonce(request: HttpRequest) -> dict[str, str]:
    """Context processor: `{{ csp_nonce }}`, the name under which `{% htmx_script %}` looks for it."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}
