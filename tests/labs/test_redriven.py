"""A failed execution is redriven in a lab: the same execution goes on, and its history with it."""

import pytest

from courseapp.engine.commands import Command
from tests.labs.people import IRIS, looking, start_lab

pytestmark = pytest.mark.usefixtures("live")

DOCUMENT = {
    "version": 1,
    "title": "A call that fails once",
    "nodes": [
        {
            "id": "machine",
            "kind": "state_machine",
            "parameters": {
                "mocks": {"Call": {"0": {"Throw": {"Error": "Busy"}}, "1": {"Return": {"done": True}}}},
                "definition": {
                    "StartAt": "Call",
                    "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}},
                },
            },
        }
    ],
    "links": [],
}
START = Command(0, "StartExecution", "machine", {"name": "first", "input": {}})


async def test_the_same_execution_goes_on_and_a_second_redrive_is_a_refusal_in_the_journal():
    lab = await start_lab(DOCUMENT, opening=[START])
    async with looking(lab.id, IRIS) as iris:
        await iris.clock("step")
        failed = (await iris.picture())["nodes"]["machine"]["executions"][0]
        assert failed["status"] == "FAILED"

        await iris.command("RedriveExecution", "machine", message="first")
        [execution] = (await iris.picture())["nodes"]["machine"]["executions"]
        assert (execution["id"], execution["status"]) == (failed["id"], "SUCCEEDED")
        assert "machine: first was redriven." in heard(iris)
        seen = await iris.asks(type="inspect", node="machine", execution=0)
        assert "ExecutionRedriven" in seen["rows"] and seen["rows"].count("ExecutionFailed") == 1

        await iris.command("RedriveExecution", "machine", message="first")
        await iris.picture()
        assert any("ExecutionNotRedrivable" in says for says in heard(iris))


def heard(viewer):
    """The sentences of all records so far."""
    return [record["says"] for frame in viewer.frames for record in frame.get("records", ()) if "says" in record]
