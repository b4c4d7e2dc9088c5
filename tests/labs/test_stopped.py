"""An expression that does not come to an end: the lab stands, says why, and can be looked at and started over."""

import pytest

from courseapp.engine.commands import Command
from courseapp.engine.kernel.kernel import Stalled
from courseapp.engine.world import Simulation
from courseapp.labs.hub import hub
from courseapp.labs.models import Lab
from courseapp.labs.stored import in_database
from tests.labs.people import IRIS, ZOE, looking, start_lab

pytestmark = pytest.mark.usefixtures("live")

BUSY = (
    "{% ($a := [1..390]; $f := $states.input.busy; "
    "$f ? $count($map([1..390], function($i){ $map([1..50], function($j){ [$a] }) })) : 1) %}"
)
DOCUMENT = {
    "version": 1,
    "title": "A machine that thinks",
    "nodes": [
        {
            "id": "thinker",
            "kind": "state_machine",
            "parameters": {
                "definition": {
                    "StartAt": "Wait",
                    "QueryLanguage": "JSONata",
                    "States": {
                        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Think"},
                        "Think": {"Type": "Pass", "Output": BUSY, "End": True},
                    },
                }
            },
        }
    ],
    "links": [],
}

AT_ONCE = {**DOCUMENT, "nodes": [{**DOCUMENT["nodes"][0], "parameters": {"definition": {
    "StartAt": "Think", "QueryLanguage": "JSONata",
    "States": {"Think": {"Type": "Pass", "Output": BUSY, "End": True}}}}}]}  # fmt: skip


def think(at_ms, busy):
    return Command(at_ms, "StartExecution", "thinker", {"input": {"busy": busy}})


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("courseapp.engine.states.jsonata.BACKSTOP_SECONDS", 0.002)


async def test_the_lab_stands_before_it_and_tells_everyone_why(impatient):
    lab = await start_lab(DOCUMENT, opening=[think(1_000, False), think(2_000, True)], speed=1_000)
    async with looking(lab.id, IRIS) as iris, looking(lab.id, ZOE) as zoe:
        await iris.clock("play")
        for viewer in (iris, zoe):
            told = await viewer.until(lambda frame: frame["type"] == "refused" and frame["code"] == "stopped")
            assert "$map" in told["says"] and "did not come to an end" in told["says"]
        picture = await iris.picture()
        assert (picture["clock"]["now_ms"], picture["clock"]["running"]) == (6_999, False)
        executions = picture["nodes"]["thinker"]["executions"]
        assert [execution["status"] for execution in executions] == ["SUCCEEDED", "RUNNING"]

        for do in ("play", "step"):
            assert (await iris.clock(do))["code"] == "stopped"
        refusal = await iris.command("StartExecution", "thinker", input={"busy": False})
        assert refusal["code"] == "stopped"

        assert "code" not in await iris.clock("look", at_ms=1_500)
        assert (await iris.picture())["clock"]["now_ms"] == 1_500
        await iris.clock("live")
        assert (await iris.picture())["clock"]["now_ms"] == 6_999
        await iris.clock("reset")
        assert "code" not in await iris.clock("speed", speed=1)


async def test_who_skips_idle_time_gets_there_too(impatient):
    lab = await start_lab(DOCUMENT, opening=[think(1_000, False), think(2_000, True)])
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("skip_idle", on=True)
        await iris.clock("play")
        await iris.until(lambda frame: frame["type"] == "refused" and frame["code"] == "stopped")
        picture = await iris.picture()
        assert picture["clock"]["now_ms"] == 6_999
        assert [one["status"] for one in picture["nodes"]["thinker"]["executions"]] == ["SUCCEEDED", "RUNNING"]


async def test_a_command_that_leads_to_it_is_answered_with_the_reason(impatient):
    lab = await start_lab(AT_ONCE)
    async with looking(lab.id, IRIS) as iris:
        refusal = await iris.command("StartExecution", "thinker", input={"busy": True})
        assert refusal["code"] == "stopped"
        assert (await iris.picture())["clock"]["now_ms"] == 0


async def test_a_lab_that_stands_can_be_opened_again_looked_at_and_started_over(impatient, monkeypatch):
    monkeypatch.setattr("courseapp.labs.audience.LEFT_ALONE_S", 0.05)
    monkeypatch.setattr("courseapp.labs.audience.CHECKED_EVERY_S", 0.02)
    lab = await start_lab(AT_ONCE)
    async with looking(lab.id, IRIS) as iris:
        await iris.command("StartExecution", "thinker", input={"busy": False})
        assert (await iris.command("StartExecution", "thinker", input={"busy": True}))["code"] == "stopped"
    await hub().audiences[lab.id].task
    await in_database(Lab.objects.filter(pk=lab.id).update)(mark_ms=2)  # as if the process had been killed
    async with looking(lab.id, IRIS) as iris:
        picture = await iris.next()
        assert picture["type"] == "picture" and picture["clock"]["now_ms"] == 1
        assert (await iris.clock("play"))["code"] == "stopped"
        assert "code" not in await iris.clock("look", at_ms=0)
        assert "code" not in await iris.clock("reset")
        assert "code" not in await iris.command("StartExecution", "thinker", input={"busy": False})


@pytest.mark.parametrize("error", [Stalled(5), KeyError("a mistake of ours")])
async def test_whatever_goes_wrong_in_the_engine_the_lab_stands_and_goes_on_when_started_over(monkeypatch, error):
    works = Simulation.carry_out

    def breaks(self, command):
        if command.at_ms > 1:
            raise error
        works(self, command)

    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.command("Send", "shop")
        with monkeypatch.context() as patch:
            patch.setattr(Simulation, "carry_out", breaks)
            refusal = await iris.command("Send", "shop")
            assert refusal["code"] == "stopped" and "stands at the moment before" in refusal["says"]
            assert (await iris.picture())["nodes"]["shop"]["gauges"]["sent"] == 1
        assert "code" not in await iris.clock("reset")
        assert "code" not in await iris.command("Send", "shop")


async def test_a_past_that_cannot_be_run_again_is_not_shown_and_the_present_is(monkeypatch):
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.command("Send", "shop")
        await iris.clock("step")
        live_ms = (await iris.picture())["clock"]["live_ms"]
        with monkeypatch.context() as patch:
            patch.setattr(Simulation, "carry_out", lambda self, command: 1 / 0)
            assert (await iris.clock("look", at_ms=live_ms - 1))["code"] == "stopped"
        picture = await iris.picture()
        assert (picture["clock"]["now_ms"], picture["clock"]["looking"]) == (live_ms, False)
        assert "code" not in await iris.command("Send", "shop")


async def test_a_past_that_cannot_go_on_stands(monkeypatch):
    lab = await start_lab(speed=1_000)
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("step")
        for _ in range(2):
            await iris.command("Send", "shop")
        await iris.clock("look", at_ms=1)
        monkeypatch.setattr(Simulation, "carry_out", lambda self, command: 1 / 0)
        await iris.clock("play")
        await iris.until(lambda frame: frame["type"] == "batch" and not frame["clock"]["running"])


async def test_a_loop_that_takes_no_time_stops_its_lab_and_nobody_elses(monkeypatch):
    monkeypatch.setattr("courseapp.labs.play.AT_ONCE_MAX", 20_000)
    nodes = [{"id": "news", "kind": "topic"}, {"id": "again", "kind": "function"}]
    links = [{"from": "news", "to": "again"}, {"from": "again", "to": "news"}]
    loop = await start_lab({"version": 1, "title": "Round and round", "nodes": nodes, "links": links})
    other = await start_lab()
    async with looking(loop.id, IRIS) as iris, looking(other.id, IRIS) as beside:
        await iris.says(type="command", action="Publish", target="news", parameters={"Message": "x"}, ref="loop")
        assert (await beside.command("Send", "shop"))["type"] == "answer"
        refusal = await iris.until(lambda frame: frame.get("ref") == "loop")
        assert refusal["code"] == "stopped" and "takes no time" in refusal["says"]
        assert (await iris.picture())["clock"]["now_ms"] == 0


LARGE = '{% ($s := $pad("", 25000, "abc"); $join([1..10].$s)) %}'
HOARDER = {**DOCUMENT, "nodes": [{"id": "hoarder", "kind": "state_machine", "parameters": {"definition": {
    "StartAt": "Wait", "QueryLanguage": "JSONata",
    "States": {
        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Make"},
        "Make": {"Type": "Pass", "Output": LARGE, "Next": "Again"},
        "Again": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Done"}], "Default": "Make"},
        "Done": {"Type": "Succeed"}}}}}]}  # fmt: skip


async def test_a_workflow_that_makes_large_data_without_end_stops_its_lab_and_nobody_elses():
    hoards = await start_lab(HOARDER, opening=[Command(1_000, "StartExecution", "hoarder", {})], speed=1_000)
    other = await start_lab()
    async with looking(hoards.id, IRIS) as iris, looking(other.id, IRIS) as beside:
        await iris.clock("play")
        told = await iris.until(lambda frame: frame["type"] == "refused" and frame["code"] == "stopped")
        assert (
            "The execution 'hoarder-1' of the state machine 'hoarder' holds more than 128 MB of data." in told["says"]
        )
        assert "look back, or start it over" in told["says"]
        assert (await beside.command("Send", "shop"))["type"] == "answer"
        picture = await iris.picture()
        assert (picture["clock"]["now_ms"], picture["clock"]["running"]) == (5_999, False)
        assert [one["status"] for one in picture["nodes"]["hoarder"]["executions"]] == ["RUNNING"]
        assert "code" not in await iris.clock("look", at_ms=1_500)
        await iris.clock("reset")
        assert "code" not in await iris.clock("speed", speed=1)
