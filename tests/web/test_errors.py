"""What people see when something goes wrong, and the headers that every answer carries."""

import re

import pytest
from django.test import Client, RequestFactory

from courseapp.web import errors


def test_a_wrong_address_gets_a_page_in_words(client: Client) -> None:
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
    assert "There is no page at <code>/no/such/page/</code>" in response.content.decode()


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_broken_template_does_not_hide_the_error(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("the template is broken")

    monkeypatch.setattr(errors, "render_to_string", broken)
    response = errors.error_page(RequestFactory().get("/"), status)
    assert response.status_code == status
    assert errors.SAYS[status] in response.content.decode()


def test_a_form_without_its_token_is_refused_with_advice() -> None:
    response = errors.csrf_failed(RequestFactory().post("/"), "no token")
    assert response.status_code == 403
    assert "Reload the page" in response.content.decode()


def policy_of(client: Client) -> str:
    return client.get("/no/such/page/").headers["Content-Security-Policy"]


def test_every_answer_carries_a_strict_policy(client: Client) -> None:
    policy = policy_of(client)
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy


def test_every_request_gets_a_nonce_of_its_own(client: Client) -> None:
    nonces = [re.findall(r"'nonce-([^']+)'", policy_of(client)) for _ in range(2)]
    assert len(set(nonces[0])) == 1
    assert nonces[0] != nonces[1]


def test_no_answer_may_be_framed_or_sniffed(client: Client) -> None:
    headers = client.get("/no/such/page/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
