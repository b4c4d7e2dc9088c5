"""A history that is full ends its execution, at whichever event that happens."""

from typing import Any

import pytest

from tests.engine.trial import Trial

ITEMS = {"Type": "Pass", "End": True}
FAILS = {"Type": "Fail", "Error": "No"}
WAITS = {"Type": "Wait", "Seconds": 1, "End": True}
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "After"}]


def mapped(state: dict[str, Any]) -> dict[str, Any]:
    inner = {"StartAt": "I", "States": {"I": state}}
    return {"Type": "Map", "ItemProcessor": inner, "Next": "After", "Catch": CATCH}


def parallel(state: dict[str, Any]) -> dict[str, Any]:
    branches = [{"StartAt": name, "States": {name: state}} for name in "AB"]
    return {"Type": "Parallel", "Branches": branches, "Next": "After", "Catch": CATCH}


@pytest.mark.parametrize("many", [mapped, parallel])
@pytest.mark.parametrize("state", [ITEMS, FAILS, WAITS], ids=["succeeds", "fails", "waits"])
def test_it_fails_with_a_runtime_error_and_leaves_nothing_behind(many: Any, state: dict[str, Any]) -> None:
    definition = {"StartAt": "All", "States": {"All": many(state), "After": {"Type": "Succeed"}}}
    for most in range(3, 30):
        trial = Trial({"m": ("state_machine", {"definition": definition})})
        machine = trial["m"]
        machine.start("one", [1, 2, 3])
        execution = machine.find("one")
        execution.most_events = most
        trial.run(10)
        assert execution.ended_ms is not None and not machine.attempts and not machine.running
        assert execution.events <= most
        if execution.status == "FAILED":
            assert execution.error == "States.Runtime" and "history" in execution.cause
