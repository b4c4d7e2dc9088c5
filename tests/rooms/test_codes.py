"""Codes, rooms and seats as they are stored."""

from datetime import timedelta

import pytest
from django.utils import timezone

from courseapp.engine.commands import Refused
from courseapp.labs.lease import wall_ms
from courseapp.rooms import codes, stored
from courseapp.rooms.models import Room, Seat, WrongCode
from courseapp.web.visitor import hashed
from tests.labs.people import started
from tests.rooms.people import ANA, BEN, IRIS, ZOE, room_of, seated

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("742916", "742916"), ("742 916", "742916"), (" 742-916 ", "742916"), ("000000", "000000"),
        ("74291", None), ("7429160", None), ("74291x", None), ("", None), ("٧٤٢٩١٦", None),
    ],
)  # fmt: skip
def test_a_code_is_six_digits_with_spaces_or_hyphens_as_people_like(typed, code):
    assert codes.read_code(typed) == code


def test_a_new_code_can_be_read_and_is_another_one_each_time():
    drawn = {codes.new_code() for _ in range(200)}
    assert len(drawn) > 190
    assert all(codes.read_code(code) == code for code in drawn)


def test_opening_a_room_again_gives_the_same_room():
    lab = started()
    assert room_of(lab) == room_of(lab)


def test_a_code_in_use_is_not_given_again(monkeypatch):
    drawn = iter(["111111", "111111", "222222"])
    monkeypatch.setattr(stored, "new_code", lambda: next(drawn))
    assert [room_of(started()).code, room_of(started()).code] == ["111111", "222222"]


def test_the_code_of_a_closed_room_is_free_again(monkeypatch):
    monkeypatch.setattr(stored, "new_code", lambda: "111111")
    first = room_of(started())
    stored.close_room(first)
    second = room_of(started())
    assert (second.code, stored.room_of_code("111111")) == ("111111", second)


def test_no_free_code_is_said(monkeypatch):
    monkeypatch.setattr(stored, "new_code", lambda: "111111")
    room_of(started())
    with pytest.raises(Refused) as refusal:
        room_of(started())
    assert refusal.value.code == "no_code"


def test_a_room_that_nobody_used_for_a_week_is_closed_when_another_opens():
    old = room_of(started())
    Room.objects.filter(pk=old.pk).update(used=timezone.now() - timedelta(days=8))
    room_of(started())
    assert stored.room_of_code(old.code) is None


def test_a_browser_has_one_seat_however_often_it_comes():
    room = room_of(started())
    first, other, again = (stored.take_seat(room, hashed(token)) for token in (ANA, BEN, ANA))
    assert again == first
    assert (first.number, other.number) == (1, 2)


def test_a_room_that_shows_another_run_keeps_its_code_and_its_seats():
    room, other = room_of(started()), started()
    seated(room, ANA)
    own = room_of(other)
    stored.show_in(room, other)
    shown = stored.room_of_code(room.code)
    assert shown is not None and shown.lab == other
    place = stored.place_of(room.code, hashed(ANA))
    assert place is not None and place.lab == other.id
    assert stored.room_of_code(own.code) is None


def test_a_full_room_says_so(monkeypatch):
    monkeypatch.setattr(stored, "MOST_SEATS", 1)
    room = room_of(started())
    seated(room, ANA)
    with pytest.raises(Refused) as refusal:
        seated(room, BEN)
    assert refusal.value.code == "full"
    seated(room, ANA)


def test_the_database_never_sees_a_seats_token():
    room = room_of(started())
    seated(room, ANA)
    assert ANA not in str(list(Seat.objects.values()))


def test_only_seats_with_a_connection_follow_and_a_closed_room_counts_nothing():
    room = room_of(started())
    seated(room, ANA, BEN)
    ana, ben = Seat.objects.order_by("number")
    assert stored.following(room) == 0
    until_ms = stored.renew([ana.pk, ben.pk])
    assert stored.following(room) == 2
    stored.gone(ana.pk, until_ms)
    assert stored.following(room) == 1
    Seat.objects.filter(pk=ben.pk).update(here_until_ms=wall_ms() - 1)  # its process was killed a while ago
    assert stored.following(room) == 0
    stored.close_room(room)
    assert stored.following(room) == 0 and stored.standings([room.pk]) == {}


def test_a_seat_that_another_process_holds_by_now_is_not_given_up():
    room = room_of(started())
    seated(room, ANA)
    seat = Seat.objects.get()
    mine_ms = stored.renew([seat.pk])
    Seat.objects.update(here_until_ms=mine_ms + 1)
    stored.gone(seat.pk, mine_ms)
    assert stored.following(room) == 1


def test_a_place_needs_an_open_room_and_a_seat_or_to_be_its_host():
    room = room_of(started())
    seated(room, ANA)
    place, hosts = stored.place_of(room.code, hashed(ANA)), stored.place_of(room.code, hashed(IRIS))
    assert place is not None and place.seat == Seat.objects.get().pk
    assert hosts is not None and hosts.seat is None
    assert stored.place_of(room.code, hashed(ZOE)) is None
    assert stored.place_of(room.code, None) is None
    stored.close_room(room)
    assert stored.place_of(room.code, hashed(ANA)) is None


def test_wrong_codes_are_forgotten_after_a_while(rf):
    asked = rf.post("/live/join/")
    codes.count_wrong(asked)
    WrongCode.objects.update(at_ms=wall_ms() - codes.REMEMBERED_MS)
    codes.count_wrong(asked)
    assert WrongCode.objects.count() == 1
