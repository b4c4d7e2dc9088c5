"""What a lab's page needs to be hosted: `{% hosted_room lab.slug as hosted %}` before it shows the room's corner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from courseapp.rooms import stored
from courseapp.rooms.address import address_of
from courseapp.web.ids import is_id
from courseapp.web.visitor import visitor_of

register = template.Library()


@register.simple_tag(takes_context=True)
def hosted_room(context: Mapping[str, Any], slug: str) -> dict[str, Any]:
    """The visitor's open ``room`` for the run that the address names (``?lab=``), as its corner shows it; else an open
    room of theirs that shows something ``other`` at the moment, if there is one.
    """
    request = context["request"]
    visitor, run = visitor_of(request), request.GET.get("lab", "")
    room = stored.hosted_room(visitor, slug, run) if is_id(run) else None
    if room is None:
        return {"other": stored.newest_room(visitor)}
    stored.used_now(room)
    # Until the first has joined, the code is what the screen is for.
    waiting = not room.seats.exists()
    following = stored.following(room)
    return {"room": room, "address": address_of(request, room), "following": following, "waiting": waiting}
