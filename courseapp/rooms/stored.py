"""All that is written and read of rooms and seats. Synchronous; sockets call it through ``in_database``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from courseapp.engine.commands import Refused
from courseapp.labs.lease import wall_ms
from courseapp.labs.models import Lab
from courseapp.rooms.codes import new_code
from courseapp.rooms.models import Room, Seat
from courseapp.rooms.session import Standing

HERE_FOR_MS = 40_000
"""How long a seat counts as taken after its process was last heard of: two missed renewals of a killed process."""
UNUSED_FOR = timedelta(days=7)
"""A room in which nobody has been for so long is closed, so that its code is free again."""
USED_EVERY = timedelta(minutes=5)
MOST_SEATS = 2_000
TRIES = 20


# --- rooms ---


def open_room(lab: Lab, host: str) -> Room:
    """The open room of the lab, made with a new code if there is none. ``host`` has started the lab.

    Raises Refused where no code was free in many tries.
    """
    found = Room.objects.filter(lab=lab, closed=None).first()
    if found is not None:
        return found
    Room.objects.filter(closed=None, used__lt=timezone.now() - UNUSED_FOR).update(closed=timezone.now())
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return Room.objects.create(code=new_code(), lab=lab, host=host)
        except IntegrityError:
            found = Room.objects.filter(lab=lab, closed=None).first()
            if found is not None:
                return found  # two presses at once
    raise Refused("no_code", "No code is free at the moment. Try again later.")


def room_of_code(code: str) -> Room | None:
    return Room.objects.filter(code=code, closed=None).select_related("lab").first()


def closed_room(code: str, visitor: str | None) -> Room | None:
    """The room that had this code when the visitor was in it; None for whoever was not."""
    if visitor is None:
        return None
    had = Room.objects.filter(Q(host=visitor) | Q(seats__token=visitor), code=code).exclude(closed=None)
    return had.select_related("lab").order_by("-closed").first()


def hosted_room(host: str | None, content: str, lab_id: str = "") -> Room | None:
    """The open room of that host for a lab of the course: for that run of it, if one is named, else the newest."""
    if host is None:
        return None
    rooms = Room.objects.filter(host=host, lab__content=content, closed=None)
    return (rooms.filter(lab=lab_id) if lab_id else rooms).select_related("lab").order_by("-opened").first()


def newest_room(host: str | None) -> Room | None:
    """The open room that this host opened last, whatever it shows."""
    return None if host is None else Room.objects.filter(host=host, closed=None).order_by("-opened").first()


def show_in(room: Room, lab: Lab) -> None:
    """Have the room show that run of its host from now on. A room of its own that the run had is closed."""
    with transaction.atomic():
        Room.objects.filter(lab=lab, closed=None).exclude(pk=room.pk).update(closed=timezone.now())
        Room.objects.filter(pk=room.pk, closed=None).update(lab=lab)


def close_room(room: Room) -> None:
    Room.objects.filter(pk=room.pk, closed=None).update(closed=timezone.now())


def used_now(room: Room) -> None:
    """Somebody is here: the room is not given up."""
    if timezone.now() - room.used > USED_EVERY:
        Room.objects.filter(pk=room.pk).update(used=timezone.now())


# --- seats ---


def take_seat(room: Room, visitor: str) -> Seat:
    """The seat of this browser in the room, a new one for whoever has none. Raises Refused if the room is full."""
    for _ in range(TRIES):
        mine = Seat.objects.filter(room=room, token=visitor).first()
        if mine is not None:
            return mine
        last: int = Seat.objects.filter(room=room).aggregate(last=Max("number"))["last"] or 0
        if last >= MOST_SEATS:
            break
        try:
            with transaction.atomic():
                return Seat.objects.create(room=room, token=visitor, number=last + 1)
        except IntegrityError:
            continue  # somebody else was quicker
    raise Refused("full", f"This room is full: it has {MOST_SEATS:,} seats.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection belongs. ``seat`` is None for the host's own second screen."""

    room: int
    code: str
    lab: str
    seat: int | None


def place_of(code: str, visitor: str | None) -> Place | None:
    """Where the visitor sits; None without a seat, in a room that is closed, and where there is no such room."""
    room = room_of_code(code)
    if room is None or visitor is None:
        return None
    seat = Seat.objects.filter(room=room, token=visitor).values_list("pk", flat=True).first()
    if seat is None and visitor != room.host:
        return None
    return Place(room.pk, room.code, room.lab_id, seat)


def renew(seats: Collection[int]) -> int:
    """These seats have a connection here. Gives the moment until which they now count as taken."""
    until_ms = wall_ms() + HERE_FOR_MS
    here = Seat.objects.filter(pk__in=seats)
    here.update(here_until_ms=until_ms, seen=timezone.now())
    rooms = here.values_list("room", flat=True)
    Room.objects.filter(pk__in=list(rooms), used__lt=timezone.now() - USED_EVERY).update(used=timezone.now())
    return until_ms


def gone(seat: int, renewed_until_ms: int) -> None:
    """The seat's last connection here has ended. If another process has renewed it since, it stays taken."""
    here = Seat.objects.filter(pk=seat, here_until_ms__lte=renewed_until_ms)
    here.update(here_until_ms=wall_ms(), seen=timezone.now())


def standings(rooms: Iterable[int]) -> Mapping[int, Standing]:
    """How each of these rooms stands; one that is closed or gone is left out."""
    now_here = Count("seats", filter=Q(seats__here_until_ms__gt=wall_ms()))
    counted = Room.objects.filter(pk__in=list(rooms), closed=None).annotate(here=now_here)
    return {number: Standing(here, lab) for number, here, lab in counted.values_list("pk", "here", "lab")}


def following(room: Room) -> int:
    """How many follow; 0 in a closed room."""
    standing = standings([room.pk]).get(room.pk)
    return 0 if standing is None else standing.following
