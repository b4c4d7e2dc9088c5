"""Hosting a lab, joining by its code, following, closing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseStopPolling

from courseapp.engine.commands import Refused
from courseapp.labs.content import content_of
from courseapp.labs.models import Lab
from courseapp.labs.start import lab_of, newest_lab, start_content
from courseapp.lessons.content import LabContent, course
from courseapp.rooms import codes, stored
from courseapp.rooms.address import address_of
from courseapp.rooms.models import Room
from courseapp.web.errors import error_page
from courseapp.web.ids import is_id
from courseapp.web.request import HtmxRequest
from courseapp.web.visitor import visitor_for, visitor_of

NO_COOKIES = "This browser keeps no cookies for this site, so it cannot keep a seat. Allow them, then join again."


# --- for the host ---


@require_POST
def host(request: HtmxRequest, slug: str) -> HttpResponse:
    """Open a room for the visitor's run of this lab (``lab``), or show it in the open one whose code ``room`` names.

    A run is started for whoever has none.
    """
    try:
        lab = _run_to_host(request, slug)
        room = stored.room_of_code(request.POST.get("room", ""))
        if room is not None and room.host == lab.owner:
            stored.show_in(room, lab)
        else:
            stored.open_room(lab, lab.owner)
    except Refused as refusal:
        return error_page(request, 429, refusal.says)
    return redirect(_page_of(lab))


def _run_to_host(request: HtmxRequest, slug: str) -> Lab:
    """The run on the visitor's screen; else one that is being hosted already, the newest, or a new one."""
    content = content_of(slug)
    if content is None:
        raise Http404
    visitor = visitor_for(request)
    named = request.POST.get("lab", "")
    lab = lab_of(visitor, named) if is_id(named) else None
    if lab is not None and lab.content == slug:
        return lab
    hosted = stored.hosted_room(visitor, slug)
    if hosted is not None:
        return hosted.lab
    return newest_lab(visitor, slug) or start_content(content, visitor)


@require_POST
def close(request: HtmxRequest, code: str) -> HttpResponse:
    room = _own_room(request, code)
    stored.close_room(room)
    return redirect(_page_of(room.lab))


@require_safe
@never_cache
def following(request: HtmxRequest, code: str) -> HttpResponse:
    """How many follow, for the corner of the host's page, which asks no more once the room is closed."""
    if stored.room_of_code(code) is None and stored.closed_room(code, visitor_of(request)) is not None:
        return HttpResponseStopPolling("closed")
    room = _own_room(request, code)
    stored.used_now(room)
    return render(request, "rooms/_following.html", {"following": stored.following(room)})


def _own_room(request: HtmxRequest, code: str) -> Room:
    room = stored.room_of_code(code)
    if room is None:
        raise Http404
    if room.host != visitor_of(request):
        raise PermissionDenied("Only the host of this room can do that.")
    return room


def _page_of(lab: Lab) -> str:
    return f"{reverse('lessons:lab', args=[lab.content])}?{urlencode({'lab': lab.id})}"


# --- for whoever follows ---


@never_cache
def join(request: HtmxRequest) -> HttpResponse:
    """The form that asks for a code, and what it is posted to."""
    if request.method != "POST":
        return _ask(request)
    typed = request.POST.get("code", "")[:40]
    code = codes.read_code(typed)
    if code is None:
        return _ask(request, typed, codes.NOT_A_CODE, 422)
    room, problem = _find(request, code)
    if room is None:
        return _ask(request, typed, problem, 404 if problem == codes.NOT_IN_USE else 429)
    address = reverse("rooms:live", args=[code])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@require_safe
@never_cache
def live(request: HtmxRequest, code: str) -> HttpResponse:
    """Follow a room from a seat of one's own; the host sees it without a seat, as on the room's big screen."""
    room, problem = _find(request, code)
    if room is None:
        closed = stored.closed_room(code, visitor_of(request))
        if closed is not None:
            return render(request, "rooms/closed.html", {"lab": _course_lab(closed), "mine": _is_host(request, closed)})
        return _ask(request, code, problem, 404 if problem == codes.NOT_IN_USE else 429)
    if "again" in request.GET and visitor_of(request) is None:
        return _ask(request, code, NO_COOKIES)
    context: dict[str, Any] = {"seat": None}
    if request.method == "GET" and not _is_host(request, room):
        try:
            context["seat"] = stored.take_seat(room, visitor_for(request))
        except Refused as refusal:
            return _ask(request, code, refusal.says, 503)
    lab = _course_lab(room)
    context |= {
        "room": room,
        "lab": lab,
        "has_workflow": any(node.kind == "state_machine" for node in lab.architecture.nodes),
        "run_id": room.lab_id,
        "follows": True,
        "socket": f"/ws/live/{code}/",
        "following": stored.following(room),
        "address": address_of(request, room),
        "mine": _is_host(request, room),
        "host_page": _page_of(room.lab),
    }
    return render(request, "rooms/live.html", context)


def _find(request: HtmxRequest, code: str) -> tuple[Room | None, str]:
    """The open room of that code, or why there is none for this visitor. A wrong code is counted.

    A seat is kept: whoever is in the room already is let in however often somebody else was wrong.
    """
    room = stored.room_of_code(code)
    if room is not None and stored.place_of(code, visitor_of(request)) is not None:
        return room, ""
    if not codes.may_guess(request):
        return None, codes.TOO_MANY
    if room is None and stored.closed_room(code, visitor_of(request)) is None:
        codes.count_wrong(request)
    return room, codes.NOT_IN_USE


def _ask(request: HtmxRequest, typed: str = "", problem: str = "", status: int = 200) -> HttpResponse:
    """The form again, with what was typed and what is wrong with it; alone where htmx puts it back into its page."""
    context = {"typed": typed, "problem": problem}
    if request.htmx:
        return render(request, "_join_form.html", context)
    return render(request, "rooms/join.html", context, status=status)


def _is_host(request: HttpRequest, room: Room) -> bool:
    return visitor_of(request) == room.host


def _course_lab(room: Room) -> LabContent:
    try:
        return course().lab(room.lab.content)
    except KeyError:
        raise Http404 from None
