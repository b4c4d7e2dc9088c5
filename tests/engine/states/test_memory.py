"""What a machine and its expressions may take of the memory."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import pytest

from courseapp.engine.states import executions
from courseapp.engine.states.executions import HISTORIES_KEPT, MAP_RUNS_KEPT
from tests.engine.states.help import machine
from tests.scale import TORTURE

GREEDY = {
    "an array in each of many": "($a := [1..2900]; $map([1..2900], function($i){ [$a] }))",
    "arrays that grow": "($a := [1..9000]; $map([1..9000], function($i){ $append($a, $i) }))",
    "an object taken apart in a loop of loops": "($o := $merge($map([1..90], function($i){ {$string($i): $i} })); "
    "$map([1..90], function($i){ $map([1..90], function($j){ $spread($o) }) }))",
    "pairs": "($a := [1..900]; $map([1..900], function($i){ $map([1..15], function($j){ $zip($a, $a) }) }))",
    "an array for each element": "($a := [1..3000]; $a.[$a])",
    "long texts": "($s := $pad('', 250000, 'x'); $map([1..2000], function($i){ $uppercase($s) }))",
}
MEASURED = """
import resource, sys
from courseapp.engine.states.batch import run_one
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = used()
state = {"Type": "Pass", "Output": "{% " + sys.argv[1] + " %}", "End": True}
result = run_one({"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": state}}, {})
print(result["status"], result["error"], (used() - before) // 1024)
"""


@pytest.mark.parametrize("greedy", [*GREEDY] if TORTURE else [*GREEDY][:2])
def test_a_greedy_expression_ends_in_an_error_before_it_has_taken_much(greedy: str) -> None:
    pytest.importorskip("resource", reason="memory is measured by the system's own count")
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, GREEDY[greedy]], capture_output=True, text=True, check=True, timeout=60
    )
    status, error, megabytes = done.stdout.split()
    assert (status, error) == ("FAILED", "States.QueryEvaluationError")
    assert int(megabytes) < 450


def test_map_runs_that_nobody_can_need_any_more_are_let_go() -> None:
    steps = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "T",
        "States": {"T": {"Type": "Pass", "End": True}},
    }
    states = {"Each": {"Type": "Map", "ItemProcessor": steps, "End": True}}
    built = machine({"StartAt": "Each", "States": states})
    arns, children = set(), []
    gc.disable()  # they must be free at once
    for number in range(MAP_RUNS_KEPT + 20):
        built.start(f"e{number}", [1])
        built.kernel.run_until(number * 1_000)
        built.kernel.journal.drain()
        arns.add(built.map_runs[-1].arn)
        children.append(weakref.ref(built.map_runs[-1].children[0]))
    gc.enable()
    assert [child() is None for child in children] == [number < 20 for number in range(len(children))]
    assert len(built.map_runs) == MAP_RUNS_KEPT and len(arns) == MAP_RUNS_KEPT + 20
    assert built.find("e0").output == [1]


def test_of_map_runs_with_very_many_children_fewer_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "CHILDREN_KEPT", 25)
    steps = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "T",
        "States": {"T": {"Type": "Pass", "End": True}},
    }
    built = machine({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": steps, "End": True}}})
    for number in range(6):
        built.start(f"e{number}", [1] * 10)
        built.kernel.run_until(number * 1_000)
    assert [run.line.execution.execution_name for run in built.map_runs] == ["e3", "e4", "e5"]


def test_of_very_many_that_wait_at_once_the_old_histories_are_let_go_as_they_end() -> None:
    built = machine({"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$", "End": True}}})
    for number in range(HISTORIES_KEPT + 20):
        built.start(f"e{number}", 5)
    built.kernel.run_until(9_000)
    kept = [execution for execution in built.executions if execution.history]
    assert len(kept) == HISTORIES_KEPT - 1
    assert kept == built.executions[-len(kept) :]
