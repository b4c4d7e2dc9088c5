"""Following through the whole application, as browsers see it: exact, late, from a seat, and without acting."""

import pytest
from django.db import OperationalError

from courseapp.labs.hub import hub
from courseapp.labs.models import Lab, LoggedCommand
from courseapp.labs.stored import in_database
from courseapp.rooms import messages, stored
from courseapp.rooms.presence import presence
from tests.labs.people import looking, send
from tests.rooms.people import ANA, BEN, IRIS, ZOE, Follower, following, open_with, start_lab

pytestmark = pytest.mark.usefixtures("live")


def shown(picture):
    """What a picture shows, without what it says about its viewer."""
    clock = {name: value for name, value in picture["clock"].items() if name != "can_control"}
    return {**picture, "clock": clock, "viewers": None}


def counts(number):
    return lambda frame: frame == messages.room(number)


async def test_whoever_comes_late_sees_exactly_what_the_host_sees():
    lab = await start_lab()
    room = await open_with(lab, ANA)
    async with looking(lab.id, IRIS) as iris:
        await iris.command("Send", "shop", count=5)
        await iris.clock("step")
        await iris.command("Crash", "A")
        own = await iris.picture()
        async with following(room.code, ANA) as ana:
            theirs = await ana.until("picture")
    assert theirs["clock"]["can_control"] is False
    assert shown(theirs) == shown(own)


async def test_a_follower_who_comes_while_the_host_looks_back_sees_that_moment():
    lab = await start_lab()
    room = await open_with(lab, ANA)
    async with looking(lab.id, IRIS) as iris:
        await iris.command("Send", "shop", count=3)
        await iris.clock("step")
        await iris.clock("look", at_ms=0)
        own = await iris.picture()
        async with following(room.code, ANA) as ana:
            theirs = await ana.until("picture")
    assert theirs["clock"]["looking"] is True
    assert shown(theirs) == shown(own)


async def test_two_followers_get_every_batch_of_the_host_to_the_letter():
    lab = await start_lab()
    room = await open_with(lab, ANA, BEN)
    async with looking(lab.id, IRIS) as iris, following(room.code, ANA) as ana, following(room.code, BEN) as ben:
        for follower in (ana, ben):
            await follower.until("picture")
        await iris.command("Send", "shop", count=2)
        await iris.clock("speed", speed=10)
        await iris.clock("look", at_ms=0)
        last = await iris.picture()
        for follower in (ana, ben):
            await follower.until(lambda frame: frame.get("batch") == last["batch"])
    own, first, second = (
        {frame["batch"]: frame for frame in each.frames if frame["type"] == "batch"} for each in (iris, ana, ben)
    )
    assert own == first == second
    assert last["clock"]["looking"] is True


FORGED = [
    {"type": "command", "action": "Send", "target": "shop"},
    {"type": "press", "key": "1"},
    *({"type": "clock", "do": do} for do in ("play", "pause", "step", "back", "live", "reset")),
    {"type": "clock", "do": "look", "at_ms": 0},
    {"type": "clock", "do": "speed", "speed": 10},
]


async def test_whatever_a_follower_sends_to_act_is_refused_and_changes_nothing():
    lab = await start_lab(opening=[send(0)])
    room = await open_with(lab, ANA)
    async with following(room.code, ANA) as ana, looking(lab.id, ANA) as forging:
        before = await ana.until("picture")
        for frame in FORGED:
            for way in (ana, forging):  # in the room, and past it, at the lab's own address
                assert (await way.asks(**frame))["code"] == "not_yours"
        after = await ana.picture()
    assert shown(after) == shown(before)
    assert await in_database(LoggedCommand.objects.count)() == 1


async def test_even_the_host_acts_only_on_the_labs_own_page():
    lab = await start_lab()
    room = await open_with(lab)
    async with following(room.code, IRIS) as iris:
        assert (await iris.until("picture"))["clock"]["can_control"] is False
        assert (await iris.clock("play"))["code"] == "not_yours"


async def test_a_follower_may_inspect():
    lab = await start_lab(opening=[send(0)])
    room = await open_with(lab, ANA)
    async with following(room.code, ANA) as ana:
        assert "VisibilityTimeout" in (await ana.asks(type="inspect", node="orders"))["html"]


async def test_everyone_hears_how_many_follow_and_a_second_connection_of_a_seat_does_not_count():
    lab = await start_lab()
    room = await open_with(lab, ANA, BEN)
    async with following(room.code, IRIS) as big_screen, following(room.code, ANA) as ana:
        await ana.until(counts(1))
        async with following(room.code, BEN) as ben, following(room.code, ANA):
            for each in (big_screen, ana, ben):
                await each.until(counts(2))
        for each in (big_screen, ana):
            await each.until(counts(1))
    assert await in_database(stored.following)(room) == 0


async def test_coming_back_is_an_exact_present_in_the_same_seat():
    lab = await start_lab()
    room = await open_with(lab, ANA)
    place = await in_database(stored.place_of)(room.code, room.host)
    async with looking(lab.id, IRIS) as iris:
        async with following(room.code, ANA) as ana:
            await ana.until("picture")
        await iris.command("Send", "shop", count=2)
        async with following(room.code, ANA) as ana:
            theirs = await ana.until("picture")
        assert shown(theirs) == shown(await iris.picture())
    assert place is not None and await in_database(room.seats.count)() == 1


async def test_a_closed_room_ends_every_connection_with_a_word():
    lab = await start_lab()
    room = await open_with(lab, ANA)
    async with following(room.code, ANA) as ana:
        await ana.until("picture")
        await in_database(stored.close_room)(room)
        closing = await ana.until("closing")
        assert closing == {"type": "closing", "code": 4010, "says": "The host has closed this room."}
        assert await ana.close_code() == messages.ROOM_CLOSED
    assert await in_database(Lab.objects.count)() == 1


async def test_when_the_host_shows_another_run_everyone_comes_back_to_that_one():
    first, second = await start_lab(), await start_lab(opening=[send(0)])
    room = await open_with(first, ANA)
    async with following(room.code, ANA) as ana:
        assert (await ana.until("picture"))["nodes"]["shop"]["sent"] == 0
        await in_database(stored.show_in)(room, second)
        assert (await ana.until("closing"))["says"] == "The host shows another run now."
        assert await ana.close_code() == messages.ROOM_CLOSED
        async with following(room.code, ANA) as again:
            assert (await again.until("picture"))["nodes"]["shop"]["sent"] == 1


async def test_the_host_may_vanish_and_the_lab_stays_as_it_was():
    lab = await start_lab()
    room = await open_with(lab, ANA)
    async with following(room.code, ANA) as ana:
        await ana.until("picture")
        async with looking(lab.id, IRIS) as iris:
            await iris.command("Send", "shop", count=2)
            own = await iris.picture()
        assert shown(await ana.picture()) == shown(own)


@pytest.mark.parametrize("token", [None, ZOE, "forged"], ids=["no token", "a stranger", "forged"])
async def test_without_a_seat_there_is_nothing_to_hear_whether_the_room_exists_or_not(token):
    lab = await start_lab()
    room = await open_with(lab, ANA)
    for code in (room.code, f"{(int(room.code) + 1) % 1_000_000:06d}"):
        async with following(code, token) as zoe:
            assert (await zoe.next())["code"] == messages.ROOM_CLOSED
            assert await zoe.close_code() == messages.ROOM_CLOSED


async def test_a_follower_whose_connection_fails_while_entering_is_counted_nowhere(monkeypatch):
    lab = await start_lab()
    room = await open_with(lab, ANA)

    def locked(seats):
        raise OperationalError("database is locked")

    with monkeypatch.context() as broken, pytest.raises(OperationalError):
        broken.setattr(stored, "renew", locked)
        ana = await Follower(room.code, ANA).open()
        await ana.socket.future
    assert (hub().viewers(lab.id), presence().rooms) == (0, {})
    async with following(room.code, ANA) as ana:
        await ana.until(counts(1))
