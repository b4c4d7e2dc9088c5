"""Workflows that make large data again and again: what a run holds of it is bounded, and the same each time."""

import gc
import pickle
import subprocess
import sys
import weakref

import pytest

from courseapp.engine.kernel import CannotGoOn
from courseapp.engine.kernel.memory import MB, MOST_HELD, ROOM
from courseapp.engine.states.batch import run_one
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.states.quotas import HISTORY_EVENTS
from tests.engine.states.help import machine
from tests.scale import TORTURE

LARGE = '{% ($s := $pad("", 25000, "abc"); {"n": 1, "text": $join([1..10].$s)}) %}'
AGAIN = {
    "JSONata": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Done"}], "Default": "Make"},
    "JSONPath": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "Done"}], "Default": "Make"},
}


def looped(make: dict, language: str = "JSONata") -> dict:
    states = {"Make": {**make, "Next": "Again"}, "Again": AGAIN[language], "Done": {"Type": "Succeed"}}
    return {"StartAt": "Make", "QueryLanguage": language, "States": states}


def once(**last: object) -> dict:
    """Makes two large values and ends."""
    states = {
        "A": {"Type": "Pass", "Output": LARGE, "Next": "B"},
        "B": {"Type": "Pass", "Output": LARGE, **(last or {"End": True})},
        "W": {"Type": "Wait", "Seconds": 3_600, "End": True},
    }
    return {"StartAt": "A", "QueryLanguage": "JSONata", "States": states if last else {k: states[k] for k in "AB"}}


def mapped(**fields: object) -> dict:
    """A distributed Map of 100 children that make large values."""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    each = {**once(), "ProcessorConfig": config}
    del each["QueryLanguage"]
    state = {"Type": "Map", "Items": "{% [1..100] %}", "ItemProcessor": each, "End": True, **fields}
    return {"StartAt": "Each", "QueryLanguage": "JSONata", "States": {"Each": state}}


def started(built: StateMachine, count: int, every_ms: int = 1_000) -> None:
    """Executions one after the other; the journal is taken away as a lab does."""
    begin_ms = built.kernel.now_ms
    for number in range(count):
        built.start(None, {"x": number})
        built.kernel.run_until(begin_ms + number * every_ms)
        built.kernel.journal.drain()


MAKERS = {
    "an expression": (looped({"Type": "Pass", "Output": LARGE}), {}),
    "a function": (
        looped({"Type": "Pass", "Parameters": {"x": 1, "t.$": "$.t", "u.$": "States.Format('{}!', $.t)"}}, "JSONPath"),
        {"t": "x" * 120_000},
    ),
    "a path": (
        looped({"Type": "Pass", "Parameters": {"x": 1, "t.$": "$.t[*]"}}, "JSONPath"),
        {"t": [0] * 100_000},
    ),
    "a place in a large object": (
        looped({"Type": "Pass", "Result": 1, "ResultPath": "$.x"}, "JSONPath"),
        {f"k{number}": 0 for number in range(20_000)},
    ),
    "a large template": (
        looped({"Type": "Pass", "Parameters": {"x.$": "$.x", "zeros": [*[0] * 60_000, {"x.$": "$.x"}]}}, "JSONPath"),
        {"x": 1},
    ),
    "a long cause": (
        {
            "StartAt": "Keep",
            "QueryLanguage": "JSONata",
            "States": {
                "Keep": {"Type": "Pass", "Assign": {"text": "{% $states.input.t %}"}, "Next": "Make"},
                "Make": {
                    "Type": "Map",
                    "Items": "{% $text %}",
                    "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Make"}],
                    "End": True,
                },
            },
        },
        {"t": "x" * 200_000},
    ),
}
QUICK = ["an expression", "a place in a large object"]


@pytest.mark.parametrize("maker", [*MAKERS] if TORTURE else QUICK)
def test_an_execution_that_makes_too_much_is_stopped_with_a_message_and_fails_in_no_way(maker: str) -> None:
    definition, data = MAKERS[maker]
    result = run_one(definition, data, history=True)
    assert result["status"] == "STOPPED" and "history" not in result
    assert "The execution 'execution' of the state machine" in result["cause"]
    assert "holds more than 128 MB of data" in result["cause"]


def test_what_is_handed_on_unchanged_weighs_nothing() -> None:
    text = "x" * 12_000
    for make in (
        {"Type": "Pass"},
        {"Type": "Pass", "Result": {"x": text}},
        {"Type": "Pass", "Parameters": {"x.$": "$.x", "n.$": "States.ArrayLength(States.StringSplit('a,b', ','))"}},
    ):
        built = machine(looped(make, "JSONPath"))
        built.start("e", {"x": text})
        built.kernel.run_until(0)
        assert built.find("e").events == HISTORY_EVENTS  # its history is full
        assert built.kernel.memory.made < MB


def test_of_executions_with_large_data_the_oldest_histories_are_let_go() -> None:
    built = machine(once())
    started(built, 200)
    kept = [one.history != [] for one in built.executions]
    assert 100 < sum(kept) < 140 and kept == sorted(kept)
    assert built.kernel.memory.held <= ROOM < built.kernel.memory.made
    first, last = built.executions[0], built.executions[-1]
    assert (first.status, first.input) == ("SUCCEEDED", {"x": 0})
    assert "let this value go" in first.output and len(last.output["text"]) == 250_000
    assert first.why_not_redrivable() is not None


def test_long_histories_count_too() -> None:
    built = machine(looped({"Type": "Pass"}, "JSONPath"))
    started(built, 12)
    assert 5 < sum(one.history != [] for one in built.executions) < 12


def test_a_running_execution_is_never_let_go() -> None:
    built = machine(once(Next="W"))
    built.start("slow", {})
    quick = machine(once(), kernel=built.kernel, name="quick")
    started(quick, 200)
    assert built.find("slow").history and not quick.executions[0].history


def test_what_runs_at_once_and_holds_too_much_is_stopped() -> None:
    built = machine(once(Next="W"))
    with pytest.raises(CannotGoOn, match="What runs at once here holds more than 128 MB"):
        started(built, 1_000, every_ms=1)
    assert built.kernel.memory.made < MOST_HELD + MB


def test_what_is_made_within_one_millisecond_is_bounded() -> None:
    built = machine(once())
    with pytest.raises(CannotGoOn, match="More than 256 MB of data was made at 0 ms"):
        started(built, 1_000, every_ms=0)


def test_the_children_of_map_runs_are_let_go_like_executions() -> None:
    built = machine(mapped(Output="done"))
    started(built, 1)
    child = weakref.ref(built.map_runs[0].children[0])
    gc.disable()  # they must be free at once
    try:
        started(built, 8)
        assert child() is None
    finally:
        gc.enable()
    assert {one.status for one in built.executions} == {"SUCCEEDED"}
    assert len(built.map_runs) < 4 and built.kernel.memory.held <= ROOM


def test_an_object_store_that_grows_without_end_is_stopped() -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "b", "Prefix": "p"}}
    built = machine(mapped(ResultWriter=writer, Output="done"))
    with pytest.raises(CannotGoOn, match="The object store of the state machine 'm' holds more than 128 MB"):
        started(built, 8)


def test_a_map_run_whose_execution_is_too_large_to_be_kept_ends_all_the_same() -> None:
    built = machine(mapped(Items="{% [1..300] %}", Output="done"))
    started(built, 1)
    execution = built.executions[0]
    assert (execution.status, execution.output, execution.history, built.map_runs) == ("SUCCEEDED", "done", [], [])
    assert built.kernel.memory.held == 0


def test_two_runs_let_the_same_go_wherever_they_are_looked_at_or_frozen() -> None:
    one, other = machine(once()), machine(once())
    for number in range(150):
        if number % 50 == 30:
            other = pickle.loads(pickle.dumps(other))
        for built in (one, other):
            built.start(f"e{number}", {})
        one.kernel.run_until(number * 1_000)
        while not other.kernel.run_until(number * 1_000, most=1):
            other.kernel.journal.drain()
    assert [bool(each.history) for each in one.executions] == [bool(each.history) for each in other.executions]
    assert not one.executions[0].history


MEASURED = """
import resource, sys
from tests.engine.states.test_large_data import MAKERS, looped, mapped, once, started
from tests.engine.states.help import machine
from courseapp.engine.kernel import CannotGoOn
from courseapp.engine.states.batch import run_one
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = used()
what = sys.argv[1]
if what in MAKERS:
    run_one(*MAKERS[what])
else:
    definition = {"short ones": once(), "ones that wait": once(Next="W"), "map runs": mapped(Output="done")}[what]
    try:
        started(machine(definition), int(sys.argv[2]))
    except CannotGoOn:
        pass
print((used() - before) // 1024)
"""
ALL = [*((maker, 1) for maker in MAKERS), ("short ones", 3_000), ("ones that wait", 3_000), ("map runs", 30)]


@pytest.mark.parametrize(("what", "many"), ALL if TORTURE else [("an expression", 1), ("short ones", 700)])
def test_the_memory_of_a_process_stays_within_bounds(what: str, many: int) -> None:
    pytest.importorskip("resource", reason="memory is measured by the system's own count")
    command = [sys.executable, "-c", MEASURED, what, str(many)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert int(done.stdout) < 250
