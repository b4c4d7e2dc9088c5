"""Where others find a room: the address that a phone can open, which need not be the one in the host's own browser."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from courseapp.rooms import qr
from courseapp.rooms.models import Room
from courseapp.web.hosts import reachable


@dataclass(frozen=True, slots=True)
class Address:
    """``site`` is what people type, ``url`` what the picture holds. Not ``for_others``: only this computer finds it."""

    site: str
    url: str
    for_others: bool
    picture: SafeString


def address_of(request: HttpRequest, room: Room) -> Address:
    host, for_others = reachable(request.get_host(), settings.ALLOWED_HOSTS)
    url = f"{request.scheme}://{host}{reverse('rooms:live', args=[room.code])}"
    label = escape(f"QR code of {url}")
    return Address(host, url, for_others, mark_safe(qr.svg(url, label)))
