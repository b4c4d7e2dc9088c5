"""The room as a pure thing: who sits here, what they may do, and who is told what."""

import pytest

from courseapp.engine.commands import Refused
from courseapp.labs.frames import CLIENT
from courseapp.rooms import messages
from courseapp.rooms.session import EVERYONE, Event, RoomSession, Standing

LAB = "the run that is shown"


@pytest.mark.parametrize("kind", sorted(CLIENT))
def test_a_follower_may_look_and_nothing_else(kind):
    session = RoomSession(LAB)
    if kind in ("ack", "fresh", "inspect"):
        session.may(kind)
    else:
        with pytest.raises(Refused) as refusal:
            session.may(kind)
        assert refusal.value.code == "not_yours"


def test_everyone_is_told_how_many_follow_but_only_when_that_changes():
    session = RoomSession(LAB)
    assert session.looked(Standing(1, LAB)) == [Event(EVERYONE, messages.room(1))]
    assert session.looked(Standing(1, LAB)) == []
    assert session.looked(Standing(2, LAB)) == [Event(EVERYONE, messages.room(2))]


def test_whoever_comes_later_is_told_what_the_others_know():
    session = RoomSession(LAB)
    assert session.arrive(1) == []
    session.looked(Standing(1, LAB))
    assert session.arrive(2) == [Event(2, messages.room(1))]


def test_a_seat_is_left_with_its_last_connection():
    session = RoomSession(LAB)
    session.arrive(1)
    session.arrive(1)
    assert session.leave(1) is False
    assert session.seats() == {1}
    assert session.leave(1) is True
    assert session.seats() == frozenset()


def test_a_closed_room_ends_for_everyone():
    [event] = RoomSession(LAB).looked(None)
    assert (event.to, event.ends, event.frame["code"]) == (EVERYONE, True, messages.ROOM_CLOSED)


def test_who_follows_a_run_that_is_not_shown_any_more_is_sent_back_for_the_one_that_is():
    [event] = RoomSession(LAB).looked(Standing(1, "another run"))
    assert (event.to, event.ends) == (EVERYONE, True)
    assert event.frame == messages.closing(messages.MOVED_SAYS)


def test_a_room_sends_only_what_is_in_its_vocabulary():
    with pytest.raises(ValueError, match="dance"):
        messages.encode({"type": "dance"})
