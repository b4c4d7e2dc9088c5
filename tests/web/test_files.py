"""Two addresses that are files rather than pages."""

import pytest
from django.test import Client

from courseapp.engine.architecture.schema import SCHEMA


def test_a_browser_that_asks_at_the_usual_address_gets_the_sign(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/x-icon" and response.content[:4] == b"\0\0\1\0"
    assert "max-age" in response.headers["Cache-Control"]


def test_the_schema_of_a_document_can_be_fetched(client: Client) -> None:
    response = client.get("/schema/architecture.json")
    assert response.status_code == 200 and response.headers["Content-Type"] == "application/schema+json"
    assert response.json() == SCHEMA


@pytest.mark.parametrize("address", ["/favicon.ico", "/schema/architecture.json"])
def test_neither_takes_anything(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
