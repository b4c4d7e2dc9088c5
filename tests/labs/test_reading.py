"""What pages read of a lab that runs here is what a replay of its log gives."""

import pytest

from courseapp.labs.hub import hub
from courseapp.labs.reading import read_lab
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
