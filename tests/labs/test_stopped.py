"""An expression that does not come to an end: the lab stands, says why, and can be looked at and started over."""

import pytest

from courseapp.engine.commands import Command
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
    document = {**DOCUMENT, "nodes": [{**DOCUMENT["nodes"][0], "parameters": {"definition": {
        "StartAt": "Think", "QueryLanguage": "JSONata",
        "States": {"Think": {"Type": "Pass", "Output": BUSY, "End": True}}}}}]}  # fmt: skip
    lab = await start_lab(document)
    async with looking(lab.id, IRIS) as iris:
        refusal = await iris.command("StartExecution", "thinker", input={"busy": True})
        assert refusal["code"] == "stopped"
        assert (await iris.picture())["clock"]["now_ms"] == 0
