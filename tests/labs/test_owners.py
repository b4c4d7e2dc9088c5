"""Several processes, one lab: the lease, the fence, and what followers see. Two hubs here stand for two processes."""

import asyncio
import os
import subprocess
import sys

import pytest

from courseapp.engine.commands import Command, Refused
from courseapp.labs import frames, lease, stored
from courseapp.labs.frames import Frame
from courseapp.labs.models import Lab, LoggedCommand
from courseapp.labs.stored import in_database
from tests.labs.people import WITHIN_S, Screen, send, start_lab, started

SEND = Frame("command", {"action": "Send", "target": "shop"})


def names(frame):
    return [record["message"] for record in frame.get("records", ()) if record["type"] == "sent"]


async def test_whoever_comes_second_follows_the_owner_and_sees_the_same(processes):
    one, two = processes
    lab = await start_lab(opening=[send(0)])
    here, there = Screen(), Screen()
    await one.join(lab.id, here, may_control=True)
    member = await two.join(lab.id, there, may_control=True)
    assert there.frames[0]["nodes"] == here.frames[0]["nodes"]
    assert await two.handle(lab.id, member, SEND) == frames.answer(None)
    own, forwarded = await here.until(names), await there.until(names)
    assert own == forwarded
    row = await in_database(Lab.objects.get)(pk=lab.id)
    assert (row.lease_owner, row.epoch) == (one.name, 1)


async def test_what_the_owner_refuses_comes_back_to_the_one_who_asked_elsewhere(processes):
    one, two = processes
    lab = await start_lab()
    await one.join(lab.id, Screen(), may_control=True)
    member = await two.join(lab.id, Screen(), may_control=False)
    with pytest.raises(Refused) as refusal:
        await two.handle(lab.id, member, SEND)
    assert refusal.value.code == "not_yours"


async def test_when_the_owner_falls_silent_the_other_goes_on_from_the_log(processes):
    one, two = processes
    lab = await start_lab()
    here, there = Screen(), Screen()
    owner = await one.join(lab.id, here, may_control=True)
    follower = await two.join(lab.id, there, may_control=True)
    await one.handle(lab.id, owner, SEND)
    await there.until(names)
    for task in list(one._tasks):
        task.get_coro()
    await in_database(Lab.objects.filter(pk=lab.id).update)(lease_until=0)  # as after three silent seconds
    taken_over = await there.until(lambda frame: frame["type"] == "picture" and frame["epoch"] == 2)
    assert taken_over["nodes"]["shop"]["sent"] == 1
    await two.handle(lab.id, follower, SEND)
    await there.until(lambda frame: names(frame) == ["order 2"])
    back = await here.until(lambda frame: frame["type"] == "picture" and frame["epoch"] == 2)
    assert back["nodes"]["shop"]["sent"] >= 1  # the old owner noticed, and follows now
    log = await in_database(lambda: list(LoggedCommand.objects.values_list("sequence", flat=True)))()
    assert log == [1, 2]


async def test_a_stalled_owner_that_comes_back_can_store_nothing(processes):
    one, two = processes
    lab = await start_lab()
    here = Screen()
    owner = await one.join(lab.id, here, may_control=True)
    await in_database(Lab.objects.filter(pk=lab.id).update)(lease_until=0)
    assert not isinstance(await in_database(lease.take)(lab.id, two.name, lease.wall_ms()), lease.Held)
    with pytest.raises(Refused):
        await asyncio.wait_for(one.handle(lab.id, owner, SEND), WITHIN_S)
    assert not await in_database(LoggedCommand.objects.exists)()


async def test_a_viewer_five_seconds_behind_is_closed_and_those_who_acknowledge_are_not(processes, monkeypatch):
    from courseapp.labs import audience as module

    monkeypatch.setattr(module, "BEHIND_S", 0.2)
    monkeypatch.setattr(module, "CHECKED_EVERY_S", 0.05)
    one, _ = processes
    lab = await start_lab()
    slow, quick = Screen(), Screen()
    await one.join(lab.id, slow, may_control=False)
    member = await one.join(lab.id, quick, may_control=True)
    await one.handle(lab.id, member, SEND)
    batch = await quick.until(lambda frame: frame["type"] == "batch")
    await one.handle(lab.id, member, Frame("ack", {"batch": batch["batch"]}))
    assert (await slow.until(lambda frame: frame["type"] == "closing"))["code"] == frames.TOO_SLOW
    assert slow.codes == [frames.TOO_SLOW] and quick.codes == []
    assert one.viewers(lab.id) == 1


async def test_everybody_hears_how_many_look_at_the_lab_in_all_processes(processes, monkeypatch):
    from courseapp.labs import audience, telling

    monkeypatch.setattr(telling, "COUNTED_EVERY_S", 0.0)
    monkeypatch.setattr(audience, "FOLLOWED_EVERY_S", 0.05)
    one, two = processes
    lab = await start_lab()
    first, second, third = Screen(), Screen(), Screen()
    await one.join(lab.id, first, may_control=True)
    await one.join(lab.id, second)
    member = await two.join(lab.id, third)
    assert [screen.frames[0]["viewers"] for screen in (first, second, third)] == [1, 2, 3]
    for screen in (first, second, third):
        await screen.until(lambda frame: frame["type"] == "batch" and frame.get("viewers") == 3)
    two.leave(lab.id, member)
    await first.until(lambda frame: frame["batch"] > 1 and frame.get("viewers") == 2)


async def test_a_viewer_that_breaks_while_written_to_disturbs_nobody(processes):
    class Broken(Screen):
        async def send_text(self, text):
            if self.frames:
                raise ConnectionError("gone")
            await super().send_text(text)

    one, _ = processes
    lab = await start_lab()
    here = Screen()
    await one.join(lab.id, Broken())
    member = await one.join(lab.id, here, may_control=True)
    await one.handle(lab.id, member, SEND)
    await here.until(names)
    assert one.viewers(lab.id) == 1


async def test_a_lab_that_nobody_looks_at_is_unloaded_and_its_time_stands(processes, monkeypatch):
    from courseapp.labs import audience as module

    monkeypatch.setattr(module, "LEFT_ALONE_S", 0.1)
    monkeypatch.setattr(module, "CHECKED_EVERY_S", 0.05)
    one, two = processes
    lab = await start_lab(speed=100.0)
    here = Screen()
    member = await one.join(lab.id, here, may_control=True)
    await one.handle(lab.id, member, Frame("clock", {"do": "play"}))
    await here.until(lambda frame: frame["clock"]["now_ms"] > 0)
    audience = one.audiences[lab.id].task
    one.leave(lab.id, member)
    await asyncio.wait_for(audience, WITHIN_S)
    row = await in_database(Lab.objects.get)(pk=lab.id)
    assert row.lease_owner == "" and row.running and row.mark_ms > 0
    again = Screen()
    await two.join(lab.id, again, may_control=True)
    assert again.frames[0]["clock"]["now_ms"] >= row.mark_ms and again.frames[0]["clock"]["running"]


# --- the lease itself ---


@pytest.mark.django_db
def test_only_one_of_two_gets_the_lease():
    lab = started()
    first = lease.take(lab.id, "host/1/10/a", 1_000)
    assert isinstance(first, stored.Stored) and first.epoch == 1
    assert lease.take(lab.id, "host/1/20/b", 2_000) == lease.Held("host/1/10/a", 1, 1_000 + lease.LASTS_MS)


@pytest.mark.django_db
def test_a_lease_that_ran_out_goes_to_whoever_asks_next_with_a_higher_epoch():
    lab = started()
    lease.take(lab.id, "host/1/10/a", 1_000)
    second = lease.take(lab.id, "host/1/20/b", 1_000 + lease.LASTS_MS)
    assert isinstance(second, stored.Stored) and second.epoch == 2
    with pytest.raises(stored.Fenced):
        stored.add_command(lab.id, 1, 5, [(1, send(5))])
    with pytest.raises(stored.Fenced):
        stored.write_clock(lab.id, 1, 5, 1.0, False, True)
    assert not LoggedCommand.objects.exists()


@pytest.mark.django_db
def test_renewing_writes_the_mark_and_tells_what_was_lost():
    kept, lost = started(), started()
    lease.take(kept.id, "me", 1_000)
    lease.take(lost.id, "me", 1_000)
    lease.take(lost.id, "other", 9_000)
    assert lease.renew([lease.Mark(kept.id, 1, 0, 777), lease.Mark(lost.id, 1, 0, 888)], "me", 5_000) == {lost.id}
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.mark_ms, kept.lease_until) == (777, 5_000 + lease.LASTS_MS)
    assert (lost.mark_ms, lost.lease_owner) == (0, "other")


@pytest.mark.django_db
def test_renewing_never_takes_a_mark_back_that_a_command_or_a_new_run_has_moved():
    lab = started(opening=[send(0)])
    lease.take(lab.id, "me", 1_000)
    stored.add_command(lab.id, 1, 40, [(2, send(40))])
    lease.renew([lease.Mark(lab.id, 1, 0, 39)], "me", 2_000)
    assert stored.load(lab.id).mark_ms == 40
    again = stored.start_over(lab.id, 1)
    lease.renew([lease.Mark(lab.id, 1, 0, 39)], "me", 2_000)
    assert stored.load(lab.id).mark_ms == again.mark_ms == 0


@pytest.mark.django_db(transaction=True)
def test_a_sequence_that_is_taken_fences():
    lab = started(opening=[send(0)])
    lease.take(lab.id, "me", 1_000)
    with pytest.raises(stored.Fenced):
        stored.add_command(lab.id, 1, 5, [(1, Command(5, "Send", "shop", {}))])


@pytest.mark.django_db
def test_a_predecessor_that_is_known_to_be_dead_is_not_waited_for():
    lab = started()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    lease.take(lab.id, f"{lease.machine()}/{gone.pid}/cafe", 1_000)
    assert isinstance(lease.take(lab.id, lease.process_name(), 1_001), stored.Stored)


def test_who_is_dead_is_known_only_of_this_machine():
    assert not lease.is_dead(lease.process_name())
    assert lease.is_dead(f"{lease.machine()}/{os.getpid()}/another-start")
    assert not lease.is_dead(f"{lease.machine()}/{os.getppid()}/whatever")
    assert not lease.is_dead("elsewhere/1/999999/cafe")
    assert not lease.is_dead("")
