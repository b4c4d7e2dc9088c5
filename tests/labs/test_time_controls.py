"""Play, pause, step, back, failures, looking back: what the clock's buttons do to a lab that several people watch."""

import pytest

from courseapp.engine.commands import Command
from courseapp.labs.models import Lab, LoggedCommand
from courseapp.labs.stored import in_database
from tests.labs.people import IRIS, ZOE, looking, send, shop_with, start_lab

pytestmark = pytest.mark.usefixtures("live")

FAST = {"type": "clock", "do": "speed", "speed": 1000}


def jumped_to(at_ms):
    return lambda frame: frame.get("jump") and frame["clock"]["now_ms"] == at_ms


def beyond(at_ms):
    return lambda frame: frame.get("clock", {}).get("now_ms", 0) > at_ms


async def test_play_lets_time_pass_and_pause_holds_it():
    lab = await start_lab(opening=[send(0)], speed=100)
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("play")
        await iris.until(beyond(5_000))
        await iris.clock("pause")
        held = (await iris.picture())["clock"]
        again = (await iris.picture())["clock"]
    assert held["now_ms"] == again["now_ms"] and not held["running"]
    row = await in_database(Lab.objects.get)(pk=lab.id)
    assert (row.mark_ms, row.running) == (held["now_ms"], False)


@pytest.mark.parametrize("idle", [False, True])
async def test_play_up_to_an_instant_stands_there_and_is_written(idle):
    lab = await start_lab(opening=[send(0)], speed=1000)
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("skip_idle", on=idle)
        await iris.clock("play", until_ms=2_345)
        stood = await iris.until(lambda frame: frame.get("clock", {}).get("running") is False and beyond(0)(frame))
        assert stood["clock"]["now_ms"] == 2_345
        row = await in_database(Lab.objects.get)(pk=lab.id)
        assert not row.running
        await iris.clock("play")
        await iris.until(beyond(3_000))


async def test_a_step_goes_to_the_next_event_and_back_to_the_one_before():
    lab = await start_lab(opening=[send(1_000), send(1_500)])
    async with looking(lab.id, IRIS) as iris:
        places = []
        for do in ("step", "step", "step", "back", "back", "back", "step", "live"):
            await iris.clock(do)
            places.append((await iris.picture())["clock"]["now_ms"])
    assert places == [1_000, 1_500, 3_000, 1_500, 1_000, 0, 1_000, 3_000]


async def test_a_step_where_nothing_will_happen_says_so_and_stands(monkeypatch):
    monkeypatch.setattr("courseapp.labs.searching.SEARCH_S", 0.05)
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("step")
        stood = (await iris.picture())["clock"]["now_ms"]
        assert (await iris.clock("step"))["code"] == "nothing_planned"
        assert (await iris.picture())["clock"]["now_ms"] == stood


async def test_the_next_failure_is_found_by_running_and_the_previous_one_by_looking_back():
    document = shop_with(every_seconds=10, count=3)
    document["nodes"][2]["parameters"]["fails_on"] = [{"match": "order 2", "after_seconds": 1, "error": "KeyError"}]
    lab = await start_lab(document)
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("next_failure")
        first = (await iris.picture())["clock"]["now_ms"]
        await iris.clock("next_failure")
        second = (await iris.picture())["clock"]["now_ms"]
        await iris.clock("previous_failure")
        back = await iris.picture()
        assert (await iris.clock("previous_failure"))["code"] == "no_failure"
    assert first == 11_000 and second > first
    assert back["clock"]["now_ms"] == first and back["clock"]["looking"]


async def test_looking_back_shows_the_exact_state_to_everyone_and_live_comes_back():
    lab = await start_lab(shop_with(every_seconds=1, count=20), speed=1000)
    async with looking(lab.id, IRIS) as iris, looking(lab.id, ZOE) as zoe:
        seen = {}
        for at_ms in (4_000, 9_000):
            while True:
                clock = (await iris.picture())["clock"]["now_ms"]
                if clock >= at_ms:
                    break
                await iris.clock("step")
            seen[clock] = iris.frames[-1]["nodes"]
        for at_ms, nodes in seen.items():
            await iris.clock("look", at_ms=at_ms)
            shown = await zoe.until(jumped_to(at_ms))
            assert shown["clock"]["looking"] is (at_ms != max(seen))
            assert (await zoe.picture())["nodes"] == nodes
        await iris.clock("look", at_ms=min(seen))
        refusal = await iris.command("Send", "shop")
        assert refusal["code"] == "looking_back" and "live" in refusal["says"]
        await iris.clock("live")
        assert (await iris.command("Send", "shop"))["type"] == "answer"


async def test_looking_back_pauses_and_play_shows_the_recorded_part_again_before_it_goes_on(monkeypatch):
    monkeypatch.setattr("courseapp.labs.picture.MOST_RECORDS", 10_000)  # all of them one by one
    lab = await start_lab(shop_with(every_seconds=1, count=60), speed=100)
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("play")
        live = (await iris.until(beyond(10_000)))["clock"]["live_ms"]
        await iris.clock("look", at_ms=3_000)
        paused = await iris.picture()
        assert not paused["clock"]["running"] and paused["clock"]["now_ms"] == 3_000
        live = paused["clock"]["live_ms"]
        await iris.clock("play")
        shown = []
        while True:
            frame = await iris.until("batch")
            shown += [record["sequence"] for record in frame["records"]]
            if frame["clock"]["now_ms"] > live + 3_000:
                break
    assert shown == list(range(shown[0], shown[0] + len(shown)))


async def test_a_parameter_that_was_changed_is_the_old_one_in_the_past():
    lab = await start_lab(opening=[send(500)])
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("step")
        await iris.command("SetParameter", "orders", VisibilityTimeout=99)
        assert "99" in (await iris.asks(type="inspect", node="orders"))["html"]
        await iris.clock("look", at_ms=500)
        assert "99" not in (await iris.asks(type="inspect", node="orders"))["html"]


async def test_starting_over_begins_a_new_run_and_keeps_the_old_one_in_the_log():
    lab = await start_lab(opening=[send(0)], opens_at_ms=100)
    async with looking(lab.id, IRIS) as iris:
        opened = await iris.next()
        await iris.command("Send", "shop", count=5)
        await iris.clock("reset")
        fresh = await iris.picture()
        await iris.command("Send", "shop")
    assert fresh["nodes"] == opened["nodes"] and fresh["clock"]["now_ms"] == 100
    log = await in_database(lambda: list(LoggedCommand.objects.values_list("sequence", "at_ms")))()
    assert log == [(1, 0), (2, 101), (3, 0), (4, 101)]


async def test_a_lab_that_opens_before_nought_can_be_acted_in_before_nought():
    lab = await start_lab(opens_at_ms=-2_000)
    async with looking(lab.id, IRIS) as iris:
        assert (await iris.next())["clock"]["now_ms"] == -2_000
        await iris.command("Send", "shop")
        picture = await iris.picture()
    assert picture["clock"]["now_ms"] == -1_999 and picture["nodes"]["shop"]["sent"] == 1


async def test_skipping_idle_time_runs_over_a_week_in_a_moment():
    week_s = 7 * 24 * 3_600
    document = shop_with(every_seconds=week_s, count=2)
    lab = await start_lab(document, speed="skip_idle")
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("play")
        await iris.until(beyond(week_s * 1_000 - 1))


async def test_at_high_rates_a_batch_carries_counts_for_each_link_and_stays_small():
    lab = await start_lab(shop_with(messages_per_second=50, spacing="even"), speed=1000)
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("play")
        batch = await iris.until(lambda frame: frame.get("counts"))
    assert batch["counts"]["shop/orders"]["order"] > 100
    assert len(batch["records"]) <= 40


async def test_an_edit_of_the_document_sends_everyone_a_new_picture():
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris, looking(lab.id, ZOE) as zoe:
        await zoe.next()
        await iris.command("AddNode", "B", kind="consumer", parameters={"processing_seconds": 1})
        seen = await zoe.until("picture")
    assert "B" in seen["nodes"] and 'data-node="B"' in seen["diagram"]
    assert seen["clock"]["can_control"] is False


async def test_a_phone_gets_the_diagram_in_its_own_layout():
    lab = await start_lab()
    async with looking(lab.id, IRIS, "?narrow=1") as iris:
        picture = await iris.next()
        await iris.command("Send", "shop")
        batch = next(frame for frame in iris.frames if frame["type"] == "batch")
    assert "dg-narrow" in picture["narrow_diagram"]
    assert set(batch["narrow_parts"]) == set(batch["parts"]) != set()


async def test_a_phone_keeps_its_layout_when_the_lab_is_started_over_or_edited():
    lab = await start_lab()
    async with looking(lab.id, IRIS, "?narrow=1") as iris:
        await iris.next()
        await iris.clock("reset")
        again = [frame for frame in iris.frames if frame["type"] == "picture"][-1]
        await iris.command("AddNode", "B", kind="consumer", parameters={"processing_seconds": 1})
        edited = [frame for frame in iris.frames if frame["type"] == "picture"][-1]
    assert "dg-narrow" in again["narrow_diagram"] and "dg-narrow" in edited["narrow_diagram"]
    assert 'data-node="B"' in edited["narrow_diagram"]


async def test_the_inspector_tells_the_whole_journey_of_a_message():
    lab = await start_lab(opening=[send(0)])
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("step")
        uid = next(r["id"] for f in iris.frames for r in f.get("records", ()) if r["message"] == "order 1")
        html = (await iris.asks(type="inspect", message=uid))["html"]
        assert (await iris.asks(type="inspect", message=999_999))["code"] == "no_such_message"
        assert (await iris.asks(type="inspect", node="nowhere"))["code"] == "no_such_node"
    for words in ("Sent to orders", "Received by Consumer A", "Deleted", "09:00:02"):
        assert words in html


async def test_no_idle_time_is_skipped_while_somebody_is_asked_for_an_answer():
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}},
        "TimeoutSeconds": 86_400,
        "Next": "Rest",
    }
    states = {"Ask": ask, "Rest": {"Type": "Wait", "Seconds": 86_400, "End": True}}
    machine = {"id": "m", "kind": "state_machine", "parameters": {"definition": {"StartAt": "Ask", "States": states}}}
    document = {"version": 1, "title": "A question", "nodes": [machine], "links": []}
    lab = await start_lab(document, opening=[Command(0, "StartExecution", "m", {})], speed="skip_idle")
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("play")
        held = await iris.until(beyond(200))
        assert held["clock"]["now_ms"] < 60_000
        await iris.command("SendTaskSuccess", "m", output="{}")
        await iris.until(beyond(60_000))
