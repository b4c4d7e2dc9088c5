"""Whatever a lab offers can be done: each button pressed and each control moved, when the opening has come to rest."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.engine.architecture import parse
from courseapp.engine.commands import read_command
from courseapp.engine.kernel import Record
from courseapp.engine.world import Simulation
from courseapp.lessons.content import LabContent, course

# Buttons that are there to be refused: (lab, key) and the code with which AWS answers.
MEANT_TO_BE_REFUSED = {
    ("only-what-concerns-me", "b"): "InvalidParameter",
    ("reaching-people", "x"): "InvalidParameter",
    ("how-long-how-big", "x"): "InvalidParameterValue",
}

# Needed first, so that the button has something to act on.
PRESSED_BEFORE = {("poison-message", "r"): 40_000}

BUTTONS = [
    pytest.param(lab, button, id=f"{lab.slug}-{button['key']}")
    for lab in course().labs
    if lab.stop <= 3
    for button in lab.lab["buttons"]
]
CONTROLS = [
    pytest.param(lab, control, value, id=f"{lab.slug}-{control['target']}-{control['parameter']}-{value}")
    for lab in course().labs
    if lab.stop <= 3
    for control in lab.lab["controls"]
    for value in [control[end] for end in ("min", "max") if end in control] + control.get("options", [])
]


def opened(lab: LabContent, until_ms: int | None = None) -> Simulation:
    simulation = Simulation(parse(lab.document), seed=lab.lab["seed"])
    opening = lab.lab["opening"]
    for command in opening["commands"]:
        simulation.apply(read_command(command))
    simulation.run_until(round(opening["to_seconds"] * 1000) if until_ms is None else until_ms)
    simulation.drain()
    return simulation


def press(simulation: Simulation, commands: list[dict[str, Any]]) -> None:
    begin = simulation.now_ms + 1
    for command in commands:
        at_ms = begin + command["after_ms"]
        simulation.run_until(max(simulation.now_ms, at_ms - 1))
        simulation.apply(read_command({**{k: v for k, v in command.items() if k != "after_ms"}, "at_ms": at_ms}))
    simulation.run_until(simulation.now_ms + 5_000)


def refusals(records: list[Record]) -> list[str]:
    return [record[6]["error"] for record in records if record[1] == "refused"]


@pytest.mark.parametrize(("lab", "button"), BUTTONS)
def test_a_button_does_what_it_says_and_so_does_its_other_side(lab: LabContent, button: dict[str, Any]) -> None:
    simulation = opened(lab, PRESSED_BEFORE.get((lab.slug, button["key"])))
    press(simulation, button["commands"])
    press(simulation, button.get("toggle", []))
    code = MEANT_TO_BE_REFUSED.get((lab.slug, button["key"]))
    assert refusals(simulation.drain()) == ([code] if code else [])


@pytest.mark.parametrize(("lab", "control", "value"), CONTROLS)
def test_a_control_can_be_moved_from_end_to_end(lab: LabContent, control: dict[str, Any], value: Any) -> None:
    simulation = opened(lab)
    set_it = {"action": "SetParameter", "target": control["target"], "parameters": {control["parameter"]: value}}
    press(simulation, [{"after_ms": 0, **set_it}])
    records = simulation.drain()
    assert not refusals(records)
    assert [record[6]["to"] for record in records if record[1] == "changed"] == [value]


@pytest.mark.parametrize("lab", [pytest.param(lab, id=lab.slug) for lab in course().labs])
def test_the_keys_of_a_lab_are_its_own_and_no_two_are_alike(lab: LabContent) -> None:
    keys = [button["key"] for button in lab.lab["buttons"]]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 1 for key in keys)
