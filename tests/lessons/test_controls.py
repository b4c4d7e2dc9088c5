"""Every button and control of every lab does something, and is refused only where that is its point."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.engine.commands import read_command
from courseapp.engine.kernel import detail_of
from courseapp.engine.world import Simulation
from courseapp.lessons.checks import ms
from courseapp.lessons.content import LabContent, course

# Buttons whose call the services refuse: lab, key, code. In the outage drill the opening ends with the database down.
REFUSED_ON_PURPOSE = {
    ("only-what-concerns-me", "b"): "InvalidParameter",
    ("reaching-people", "x"): "InvalidParameter",
    ("how-long-how-big", "x"): "InvalidParameterValue",
    ("outage-drill", "d"): "AlreadyDown",
    ("waiting-for-a-person", "l"): "TaskTimedOut",
    ("what-it-costs", "x"): "InvalidDefinition",
}


def after_its_opening(lab: LabContent) -> Simulation:
    """The lab as a learner finds it."""
    opening = lab.lab["opening"]
    commands = [read_command(command) for command in opening["commands"]]
    simulation = Simulation(lab.architecture, lab.lab["seed"], start_ms=min([0, *(one.at_ms for one in commands)]))
    for command in commands:
        simulation.run_until(max(command.at_ms - 1, simulation.now_ms))
        simulation.apply(command)
    simulation.run_until(ms(opening["to_seconds"]))
    simulation.drain()
    return simulation


def give(simulation: Simulation, commands: list[dict[str, Any]]) -> list[str]:
    """Give the commands now, run on for 20 s; the codes with which any of them, or what came of them, was refused."""
    start = simulation.now_ms + 1
    for command in commands:
        at_ms = start + command["after_ms"]
        simulation.run_until(max(at_ms - 1, simulation.now_ms))
        simulation.apply(read_command({**{k: v for k, v in command.items() if k != "after_ms"}, "at_ms": at_ms}))
    simulation.run_until(simulation.now_ms + 20_000)
    return [detail_of(record)["error"] for record in simulation.drain() if record[1] == "refused"]


BUTTONS = [
    pytest.param(lab, button, id=f"{lab.slug}-{button['key']}")
    for lab in course().labs
    for button in lab.lab["buttons"]
]
CONTROLS = [
    pytest.param(lab, control, value, id=f"{lab.slug}-{control['parameter']}-{value}")
    for lab in course().labs
    for control in lab.lab["controls"]
    for value in [*(control[end] for end in ("min", "max") if end in control), *control.get("options", [])]
]


@pytest.mark.parametrize(("lab", "button"), BUTTONS)
def test_a_button_works_when_the_opening_has_come_to_rest(lab: LabContent, button: dict[str, Any]) -> None:
    simulation = after_its_opening(lab)
    expected = REFUSED_ON_PURPOSE.get((lab.slug, button["key"]))
    assert set(give(simulation, button["commands"])) == ({expected} if expected else set())
    assert give(simulation, button.get("toggle", [])) == []


@pytest.mark.parametrize(("lab", "control", "value"), CONTROLS)
def test_a_control_can_be_set_to_its_ends(lab: LabContent, control: dict[str, Any], value: Any) -> None:
    given = value + control["offset"] if "offset" in control else value
    targets = [control["target"], *control.get("also", [])]
    command = {"action": "SetParameter", "parameters": {control["parameter"]: given}, "after_ms": 0}
    simulation = after_its_opening(lab)
    give(simulation, [{**command, "target": target} for target in targets])
    for target in targets:
        node, _, endpoint = target.partition("/")
        thing: Any = simulation.architecture.link(target) if endpoint else simulation.architecture.node(node)
        found: Any = thing.parameters
        for step in control["parameter"].split("."):
            found = found[int(step)] if isinstance(found, list | tuple) else found[step]
        assert found == given


@pytest.mark.parametrize("lab", course().labs, ids=lambda lab: lab.slug)
def test_what_happens_at_a_moment_can_be_changed_before_it_comes(lab: LabContent) -> None:
    late = [
        control["label"] for control in lab.lab["controls"] if control["from"] != "start" and _has_a_moment(control)
    ]
    assert late == []


def _has_a_moment(control: dict[str, Any]) -> bool:
    return control["parameter"].split(".")[0] in ("bursts", "messages", "outages")
