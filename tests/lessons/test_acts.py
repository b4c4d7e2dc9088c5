"""The acts of a lab as runs of their own."""

import pytest
from django.test import Client

from courseapp.labs.models import Lab

pytestmark = pytest.mark.django_db


def test_an_act_begins_at_its_own_speed(client: Client) -> None:
    client.post("/labs/what-it-costs/acts/2/")
    client.post("/labs/what-it-costs/acts/0/")
    assert [lab.speed for lab in Lab.objects.order_by("created")] == [60, 2]
