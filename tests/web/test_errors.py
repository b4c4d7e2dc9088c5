"""What people see when something goes wrong, and the headers that every answer carries."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from courseapp.web import errors


def test_a_wrong_address_gets_a_page_in_words(client: Client) -> None:
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
    assert "There is no page at <code>/no/such/page/</code>" in response.content.decode()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500])
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
    assert "reload that page" in response.content.decode()


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


def words(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_an_address_that_can_only_be_sent_to_says_so(client: Client) -> None:
    response = client.get("/runs/start/")
    assert response.status_code == 405 and response.headers["Allow"] == "POST"
    assert "It only takes what a form sends" in words(response)


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_a_page_names_the_methods_that_it_takes(client: Client, method: str) -> None:
    response = getattr(client, method)("/glossary/")
    assert response.status_code == 405 and response.headers["Allow"] == "GET, HEAD"
    assert f"This address takes GET or HEAD, not {method.upper()}." in words(response)


def test_an_enormous_form_is_refused_with_the_limit(client: Client) -> None:
    response = client.post("/live/join/", {"code": "1" * 1_100_000}, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400
    assert "larger than 1 MiB" in words(response)


def test_a_form_of_too_many_fields_is_refused(client: Client) -> None:
    response = client.post("/live/join/", {f"field-{place}": "1" for place in range(1_001)})
    assert response.status_code == 400
    assert "too many fields" in words(response)


def test_a_name_that_the_site_is_not_known_by_is_refused_with_the_remedy(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "ALLOWED_HOSTS" in words(response)
    assert not caplog.records  # whoever sends nonsense must not fill the log


@pytest.mark.django_db
def test_what_a_view_says_of_a_missing_thing_is_on_the_page(client: Client) -> None:
    response = client.post("/scenarios/ruth/parts/7/")
    assert response.status_code == 404
    assert "This scenario has 2 parts; there is no part 7." in words(response)
    response = client.get("/labs/the-buffer/facts/")
    assert response.status_code == 403
    assert "once its predictions are locked in" in words(response)


def test_a_fault_of_ours_has_a_report_number_that_the_log_knows(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("courseapp.lessons.views.course", broken)
    client.raise_request_exception = False
    response = client.get("/stops/sqs/")
    assert response.status_code == 500
    found = re.search(r"report number <code>([0-9a-f]{8})</code>", response.content.decode())
    assert found and f"Report {found[1]}: GET /stops/sqs/ failed" in caplog.text
    assert "a fault" not in words(response) and "Traceback" not in words(response)
