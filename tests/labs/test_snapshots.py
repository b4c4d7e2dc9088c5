"""A snapshot saves replaying and changes nothing else."""

import pytest

from courseapp.labs import snapshots
from courseapp.labs.hub import close_hub
from courseapp.labs.models import Lab, Snapshot
from courseapp.labs.stored import in_database
from tests.labs.people import IRIS, looking, shop_with, start_lab

pytestmark = pytest.mark.usefixtures("live")


@pytest.fixture
def read(monkeypatch):
    """Snapshots are worth it at once; those that are read back are counted."""
    monkeypatch.setattr(snapshots, "WORTH_S", 0.0001)
    taken, unpack = [], snapshots.unpack

    def counting(packed, log):
        found = unpack(packed, log)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(snapshots, "unpack", counting)
    return taken


async def played():
    """A lab that ran for a while and was unloaded; with what it showed at last, and at an earlier instant."""
    lab = await start_lab(shop_with(every_seconds=1, count=30))
    async with looking(lab.id, IRIS) as iris:
        for _ in range(12):
            await iris.clock("step")
        last = await iris.picture()
        await iris.clock("look", at_ms=2_500)
        early = await iris.picture()
    await close_hub()
    return lab, last, early


async def test_a_lab_goes_on_from_its_snapshot_and_its_past_is_exact_all_the_same(read):
    lab, last, early = await played()
    async with looking(lab.id, IRIS) as iris:
        again = await iris.next()
        await iris.clock("look", at_ms=2_500)
        back = await iris.picture()
        await iris.clock("back")
        before = await iris.picture()
    assert read == [True]
    assert (again["nodes"], again["marks"]) == (last["nodes"], last["marks"])
    assert [lane["points"][-1] for lane in again["lanes"]] == [lane["points"][-1] for lane in last["lanes"]]
    assert back["nodes"] == early["nodes"]
    assert before["clock"]["now_ms"] == 2_000


@pytest.mark.parametrize("spoilt", [{"state": b"x" * 100}, {"engine": "another"}, {"run_from": 9}, {"at_ms": 10**9}])
async def test_a_snapshot_that_does_not_fit_is_not_used_and_the_log_is_replayed(read, spoilt):
    lab, last, _ = await played()
    await in_database(Snapshot.objects.filter(lab_id=lab.id).update)(**spoilt)
    async with looking(lab.id, IRIS) as iris:
        again = await iris.next()
    assert True not in read
    assert (again["nodes"], again["marks"]) == (last["nodes"], last["marks"])


async def test_deleting_all_snapshots_loses_nothing(read):
    lab, last, _ = await played()
    await in_database(Snapshot.objects.all().delete)()
    async with looking(lab.id, IRIS) as iris:
        assert (await iris.next())["nodes"] == last["nodes"]


async def test_after_starting_over_the_old_snapshot_is_forgotten(read):
    lab, _, _ = await played()
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("live")
        await iris.command("Send", "shop")
        await iris.clock("reset")
    await close_hub()
    async with looking(lab.id, IRIS) as iris:
        assert (await iris.next())["clock"]["live_ms"] == 0


async def test_a_snapshot_is_signed_and_the_mark_is_never_before_it(read):
    await played()
    row, kept = await in_database(lambda: (Lab.objects.get(), Snapshot.objects.get()))()
    assert row.mark_ms >= kept.at_ms > 0
    assert snapshots.unpack(bytes(kept.state[:-1]) + b"?", None) is None
