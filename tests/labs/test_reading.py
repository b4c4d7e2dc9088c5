"""What pages read of a lab that runs here is what a replay of its log gives."""

import pytest

from courseapp.engine.commands import Command
from courseapp.labs.hub import hub
from courseapp.labs.models import Lab
from courseapp.labs.reading import read_lab
from courseapp.labs.stored import in_database
from tests.labs.people import IRIS, looking, shop_with, start_lab

pytestmark = pytest.mark.usefixtures("live")


async def test_a_page_reads_of_a_running_lab_what_a_replay_would_give():
    lab = await start_lab(shop_with(every_seconds=1, count=60), speed=100)
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("play")
        await iris.until(lambda frame: frame["type"] == "batch" and frame["clock"]["now_ms"] > 20_000)
        await iris.clock("pause")
        for at_ms in (None, 12_345, 0, -5, 10**9):
            quick, whole = await read_lab(lab.id, at_ms, newest=5), await read_lab(lab.id, at_ms)
            assert quick.simulation.view() == whole.simulation.view()
            assert quick.simulation.metrics() == whole.simulation.metrics()
            seen = [[(sequence, *record[:4]) for sequence, record in each.records[-5:]] for each in (quick, whole)]
            assert seen[0] == seen[1]
        host = hub().hosts[lab.id]
        host.play.history.first_sequence += 10  # as if the oldest had been let go
        del host.play.history.records[:10]
        early, whole = await read_lab(lab.id, 1_000, newest=5), await read_lab(lab.id, 1_000)
        assert len(early.records) == len(whole.records)


LARGE = '{% ($s := $pad("", 25000, "abc"); $join([1..10].$s)) %}'
MAKE = {"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": {"Type": "Pass", "Output": LARGE, "End": True}}}
MAKER = {
    "version": 1,
    "title": "A machine that makes large texts",
    "nodes": [{"id": "maker", "kind": "state_machine", "parameters": {"definition": MAKE}}],
    "links": [],
}


async def test_of_a_replayed_lab_with_large_data_only_the_newest_records_are_kept(monkeypatch):
    monkeypatch.setattr("courseapp.labs.history.MOST_MADE", 20_000_000)
    starts = [Command(n * 1_000, "StartExecution", "maker", {}) for n in range(1, 201)]
    lab = await start_lab(MAKER, opening=starts)
    await in_database(Lab.objects.filter(pk=lab.id).update)(mark_ms=300_000)
    records = (await read_lab(lab.id)).records
    assert 40 <= sum(record[1] == "PassStateExited" for _, record in records) <= 81
    sequences = [sequence for sequence, _ in records]
    assert sequences == list(range(sequences[0], sequences[-1] + 1)) and sequences[0] > 1
    assert records[-1][1][1] == "ExecutionSucceeded"
