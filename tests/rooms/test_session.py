"""The room as a pure thing: who sits here, what they may do, and who is told what."""

import pytest

from courseapp.engine.commands import Refused
from courseapp.labs.frames import CLIENT
from courseapp.rooms import messages
from courseapp.rooms.session import EVERYONE, Event, RoomSession


@pytest.mark.parametrize("kind", sorted(CLIENT))
def test_a_follower_may_look_and_nothing_else(kind):
    session = RoomSession()
    if kind in ("ack", "fresh", "inspect"):
        session.may(kind)
    else:
        with pytest.raises(Refused) as refusal:
            session.may(kind)
        assert refusal.value.code == "not_yours"


def test_everyone_is_told_how_many_follow_but_only_when_that_changes():
    session = RoomSession()
    assert session.counted(1) == [Event(EVERYONE, messages.room(1))]
    assert session.counted(1) == []
    assert session.counted(2) == [Event(EVERYONE, messages.room(2))]


def test_whoever_comes_later_is_told_what_the_others_know():
    session = RoomSession()
    assert session.arrive(1) == []
    session.counted(1)
    assert session.arrive(2) == [Event(2, messages.room(1))]


def test_a_seat_is_left_with_its_last_connection():
    session = RoomSession()
    session.arrive(1)
    session.arrive(1)
    assert session.leave(1) is False
    assert session.seats() == {1}
    assert session.leave(1) is True
    assert session.seats() == frozenset()


def test_a_closed_room_ends_for_everyone():
    [event] = RoomSession().counted(None)
    assert (event.to, event.ends, event.frame["code"]) == (EVERYONE, True, messages.ROOM_CLOSED)


def test_a_room_sends_only_what_is_in_its_vocabulary():
    with pytest.raises(ValueError, match="dance"):
        messages.encode({"type": "dance"})
