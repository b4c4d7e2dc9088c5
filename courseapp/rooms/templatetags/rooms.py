"""What a lab's page needs to be hosted: `{% hosted_room lab.slug as hosted %}` before it shows the room's corner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from courseapp.rooms import stored
from courseapp.rooms.address import address_of
from courseapp.rooms.models import Room
from courseapp.web.ids import is_id
from courseapp.web.visitor import visitor_of

register = template.Library()


@register.simple_tag(takes_context=True)
def hosted_room(context: Mapping[str, Any], slug: str) -> dict[str, Any] | None:
    """The visitor's open room for the run that the address names (``?lab=``), as its corner shows it; else None."""
    request = context["request"]
    run = request.GET.get("lab", "")
    room = stored.hosted_room(visitor_of(request), slug, run) if is_id(run) else None
    if room is None:
        return None
    stored.used_now(room)
    return {"room": room, "address": address_of(request, room), "following": following(room), "new": is_new(room)}


def following(room: Room) -> int:
    return stored.following([room.pk]).get(room.pk, 0)


def is_new(room: Room) -> bool:
    """Nobody has joined yet: the code is what the screen is for."""
    return not room.seats.exists()
