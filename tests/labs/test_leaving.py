"""People and processes that go, fail or come all at once, while something is under way."""

import asyncio

import pytest
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import OperationalError

from courseapp.engine.commands import Refused
from courseapp.labs import audience, snapshots
from courseapp.labs.frames import Frame
from courseapp.labs.hub import Hub
from courseapp.labs.models import Lab
from courseapp.labs.play import Play
from courseapp.labs.stored import in_database
from tests.labs.people import WITHIN_S, Screen, send, shop_with, start_lab

SEND = Frame("command", {"action": "Send", "target": "shop"})
PLAY, PAUSE = (Frame("clock", {"do": do}) for do in ("play", "pause"))


async def until(holds):
    async with asyncio.timeout(WITHIN_S):
        while not holds():
            await asyncio.sleep(0.01)


async def test_whoever_leaves_while_a_fresh_picture_is_on_its_way_is_not_counted_any_more(processes):
    one, _ = processes
    lab = await start_lab()
    member = await one.join(lab.id, Screen())
    asked = asyncio.create_task(one.handle(lab.id, member, Frame("fresh")))
    await asyncio.sleep(0)
    one.leave(lab.id, member)
    await asked
    assert one.viewers(lab.id) == 0


async def test_whoever_was_told_that_the_lab_does_not_answer_gets_no_picture_later_and_nothing_done(
    processes, monkeypatch
):
    ready = asyncio.Event()

    async def slow(self, *args):
        await ready.wait()
        return await catch_up(self, *args)

    catch_up = Play.catch_up
    monkeypatch.setattr(Play, "catch_up", slow)
    monkeypatch.setattr(audience, "ANSWER_WITHIN_S", 0.05)
    one, _ = processes
    lab = await start_lab()
    screen = Screen()
    with pytest.raises(Refused) as refusal:
        await one.join(lab.id, screen, may_control=True)
    looks = [Frame("clock", {"do": "look", "at_ms": 0})] * 2  # only the last one counts
    given_up = await asyncio.gather(*(one.ask(lab.id, frame, True) for frame in (SEND, *looks)), return_exceptions=True)
    assert {refused.code for refused in (refusal.value, *given_up)} == {"no_answer"}
    monkeypatch.undo()
    ready.set()
    await one.join(lab.id, late := Screen())
    assert late.frames[0]["nodes"]["shop"]["sent"] == 0 and late.frames[0]["epoch"] == 1
    assert (one.viewers(lab.id), screen.frames) == (1, [])


async def test_a_form_that_comes_while_the_lab_is_being_unloaded_is_dealt_with(processes, monkeypatch):
    form_came = asyncio.Event()

    async def slow(self, *args):
        await form_came.wait()
        await end_host(self, *args)

    end_host = audience.Audience._end_host
    monkeypatch.setattr(audience.Audience, "_end_host", slow)
    one, _ = processes
    lab = await start_lab()
    member = await one.join(lab.id, Screen())
    going = one.audiences[lab.id]
    one.leave(lab.id, member)
    going._left_s -= audience.LEFT_ALONE_S
    await going.check()
    await until(lambda: not going.known.is_set())
    form = asyncio.create_task(one.ask(lab.id, SEND, True))
    await asyncio.sleep(0)
    form_came.set()
    assert await form == {}
    assert one.audiences[lab.id] is not going


async def test_a_host_that_cannot_catch_up_leaves_the_clock_where_it_stood(processes, monkeypatch):
    one, _ = processes
    lab = await start_lab(opening=[send(0)])
    await in_database(Lab.objects.filter(pk=lab.id).update)(mark_ms=5_000)
    broken = iter([True])

    def newest(stored):
        if next(broken, False):
            raise OperationalError("database is locked")

    monkeypatch.setattr(snapshots, "newest", newest)
    await one.join(lab.id, screen := Screen())
    assert screen.frames[0]["clock"]["now_ms"] == 5_000
    assert (await in_database(Lab.objects.get)(pk=lab.id)).mark_ms == 5_000


async def test_a_snapshot_that_cannot_be_kept_does_not_end_the_run(processes, monkeypatch):
    tried = []

    def keep(*args):
        tried.append(args)
        raise OperationalError("database is locked")

    monkeypatch.setattr(snapshots, "keep", keep)
    monkeypatch.setattr(snapshots, "WORTH_S", 0.0)
    monkeypatch.setattr("courseapp.labs.history.FREEZING_SHARE", 0.0)
    one, _ = processes
    lab = await start_lab(shop_with(every_seconds=1), speed=100.0)
    member = await one.join(lab.id, screen := Screen(), may_control=True)
    await one.handle(lab.id, member, PLAY)
    await until(lambda: tried)
    await one.handle(lab.id, member, PAUSE)
    assert {frame["epoch"] for frame in screen.frames} == {1}


async def test_a_viewer_that_breaks_when_the_owner_changes_disturbs_nobody(processes):
    class Broken(Screen):
        async def send_text(self, text):
            if self.frames:
                raise ConnectionError("gone")
            await super().send_text(text)

    one, two = processes
    lab = await start_lab()
    await one.join(lab.id, Screen())
    await two.join(lab.id, Broken())
    await two.join(lab.id, there := Screen())
    follows = two.audiences[lab.id]
    await follows._refresh_all()
    assert two.viewers(lab.id) == 1 and len(there.frames) == 2
    assert not follows.gone


async def test_all_who_come_first_at_once_make_one_channel_of_their_process(transactional_db, monkeypatch):
    async def slow(layer, *args, **kwargs):
        await asyncio.sleep(0.01)
        return await new_channel(layer, *args, **kwargs)

    new_channel = InMemoryChannelLayer.new_channel
    monkeypatch.setattr(InMemoryChannelLayer, "new_channel", slow)
    hub, lab = Hub("host/1/30/c"), await start_lab()
    await asyncio.gather(*(hub.join(lab.id, Screen()) for _ in range(3)))
    assert sum(task.get_name() == "what other processes say" for task in hub._tasks) == 1
    await hub.close()


async def test_whoever_does_not_own_a_lab_is_not_asked_about_it(processes):
    one, two = processes
    lab = await start_lab()
    member = await one.join(lab.id, Screen())
    await two.join(lab.id, Screen())
    listening = get_channel_layer().groups[f"lab-owner.{lab.id}"]
    assert list(listening) == [one._channel]
    one.leave(lab.id, member)
    one.audiences[lab.id].source.lost = True  # as when the lease has gone to another process
    await in_database(Lab.objects.filter(pk=lab.id).update)(lease_until=0)
    await until(lambda: list(listening) == [two._channel])
