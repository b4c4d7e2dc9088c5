"""Where nothing happens nothing is done, and what has been done once is not done again."""

import asyncio

import pytest

from courseapp.engine.architecture import parse
from courseapp.labs import audience, telling, words
from courseapp.labs.picture import Shown, records_and_counts
from courseapp.labs.play import Play
from courseapp.labs.run import Log, Run
from courseapp.labs.telling import Telling
from courseapp.labs.timeline import Timeline
from tests.labs.people import IRIS, looking, shop_with, start_lab


@pytest.fixture
def advances(monkeypatch):
    """Each time that a host runs its lab on: one entry."""
    done, advance = [], Play.advance

    async def counted(play):
        done.append(play.clock.running)
        await advance(play)

    monkeypatch.setattr(Play, "advance", counted)
    monkeypatch.setattr(audience, "CHECKED_EVERY_S", 0.01)
    return done


async def settled(done):
    """How many there are once it has become quiet."""
    before = -1
    while before < len(done):
        before = len(done)
        await asyncio.sleep(0.3)
    return before


async def test_a_lab_that_stands_is_left_alone(live, advances):
    lab = await start_lab(shop_with(messages_per_second=10))
    async with looking(lab.id, IRIS) as iris:
        await iris.until("picture")
        before = await settled(advances)
        await asyncio.sleep(0.5)
        assert len(advances) == before


async def test_a_lab_that_runs_is_seen_to_once_each_time_something_is_due(live, advances):
    lab = await start_lab(shop_with(messages_per_second=1))
    async with looking(lab.id, IRIS) as iris:
        await iris.until("picture")
        await iris.clock("play")
        before = len(advances)
        for _ in range(3):
            await iris.until("batch")
        assert len(advances) - before < 2 * 3


async def test_a_lab_is_drawn_once_for_the_one_who_opens_it(live, monkeypatch):
    drawn, picture = [], Telling.picture
    monkeypatch.setattr(Telling, "picture", lambda telling, play: drawn.append(play) or picture(telling, play))
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.until("picture")
        await iris.clock("pause")
    assert len(drawn) == 1


async def test_whoever_looks_alone_is_told_no_number(live, monkeypatch):
    monkeypatch.setattr(telling, "COUNTED_EVERY_S", 0.01)
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        assert (await iris.until("picture"))["viewers"] == 1
        await asyncio.sleep(0.2)
        await iris.clock("pause")
        assert not any("viewers" in frame for frame in iris.frames if frame["type"] == "batch")


def test_a_record_is_worded_once_for_its_mark_and_for_its_batch(monkeypatch):
    architecture = parse(shop_with(messages_per_second=2))
    run, shown, timeline = Run(architecture, 7, Log()), Shown(architecture), Timeline(architecture)
    said, says = [], words.says
    monkeypatch.setattr(words, "says", lambda record, titles: said.append(record) or says(record, titles))
    while run.at_ms < 10_000:
        run.run_to(run.at_ms + 1_000)
        first, records = run.sequence + 1, run.drain()
        said.clear()
        marks = timeline.add(first, records, shown.titles)
        told, _ = records_and_counts([(first, records)], shown.titles, shown.routes, marks)
        assert len(said) <= len(records)
        assert [record["says"] for record in told] == [says(record, shown.titles) for record in records]
