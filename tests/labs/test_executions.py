"""What the page is told of executions: attempts and caught errors by their chain of events, items of a Map, bills."""

import json
from typing import Any

import pytest

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Command
from courseapp.engine.world import Simulation
from courseapp.labs import costs, events, statedata, workflow
from courseapp.labs.drawing import Drawing

FAILS = {"0-99": {"Throw": {"Error": "Mail.Down", "Cause": "503"}}}


def task(**fields: Any) -> dict[str, Any]:
    call = {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f", "Payload.$": "$"}}
    return {"Type": "Task", **call, **fields}


def ran(states: dict[str, Any], to_ms: int, given: Any = None, **parameters: Any) -> Simulation:
    definition = {"StartAt": next(iter(states)), "States": states}
    machine = {"id": "m", "kind": "state_machine", "parameters": {"definition": definition, **parameters}}
    simulation = Simulation(parse({"version": 1, "title": "A trial", "nodes": [machine], "links": []}), 7)
    workflow.machine_of(simulation, "m").start(None, {} if given is None else given)
    simulation.run_until(to_ms)
    return simulation


def asked(simulation: Simulation, **fields: Any) -> dict[str, Any]:
    frame = {"node": "m", "execution": 0, **fields}
    return workflow.answer("x" * 22, simulation, (), simulation.kernel.now_ms, frame)


RETRY = {"ErrorEquals": ["Mail.Down"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 2}
CATCHES = [
    {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Later"}]},
    {"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Later"}]},
    {
        "QueryLanguage": "JSONata",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Output": {"why": "x"}, "Next": "Later"}],
        "Arguments": {"FunctionName": "f"},
    },
]


@pytest.mark.parametrize("catch", CATCHES)
def test_a_caught_error_is_marked_whatever_the_catch_hands_on(catch: dict[str, Any]) -> None:
    send = task(End=True, **catch)
    if "Arguments" in send:
        del send["Parameters"]
    simulation = ran({"Send": send, "Later": {"Type": "Succeed"}}, 5_000, mocks={"Send": FAILS})
    rows = events.rows_of(workflow.machine_of(simulation, "m").executions[0])
    exited = next(row for row in rows if row["kind"] == "TaskStateExited")
    assert (exited["mark"], exited["says"]) == ("caught", "caught Mail.Down")
    assert simulation.view()["nodes"]["m"]["states"]["Send"]["status"] == "caught"


@pytest.mark.parametrize("kind", ["Parallel", "Map"])
def test_an_error_from_inside_is_caught_by_its_name_and_a_retry_follows_it(kind: str) -> None:
    inside = {"StartAt": "Send", "States": {"Send": task(End=True)}}
    of_kind = {"Branches": [inside]} if kind == "Parallel" else {"ItemProcessor": inside, "ItemsPath": "$.items"}
    handlers = {"Retry": [{**RETRY, "MaxAttempts": 1}], **CATCHES[1]}
    states = {"All": {"Type": kind, **of_kind, **handlers, "End": True}, "Later": {"Type": "Succeed"}}
    simulation = ran(states, 5_000, given={"items": [1]}, mocks={"Send": FAILS})
    rows = events.rows_of(workflow.machine_of(simulation, "m").executions[0])
    exited = next(row for row in rows if row["kind"] == f"{kind}StateExited")
    assert (exited["mark"], exited["says"]) == ("caught", "caught Mail.Down")
    html = asked(simulation, state="All")["html"]
    assert ("after 2 s, at +2.0 s, attempt 2" in html) == (kind == "Map")
    assert "Later" not in str([row["state"] for row in statedata.rows_of_item(rows, "All", 0)])


def test_the_facts_of_all_states_are_those_of_each_and_take_no_look_at_all_rows_for_each() -> None:
    class Looked(list[Any]):
        looks = 0

        def __iter__(self) -> Any:
            self.looks += 1
            return super().__iter__()

    states = {
        "Set": {"Type": "Pass", "Assign": {"one": 1}, "Next": "Send"},
        "Send": task(Retry=[RETRY], Assign={"two": 2}, **{"Next": "Last"}),
        "Last": {"Type": "Pass", "End": True},
    }
    simulation = ran(states, 60_000, mocks={"Send": {"0": FAILS["0-99"], "1-9": {"Return": {}}}})
    execution = workflow.machine_of(simulation, "m").executions[0]
    told, rows = simulation.view()["nodes"]["m"]["states"], Looked(events.rows_of(execution))
    every = statedata.every_state(execution, rows, told)
    assert rows.looks == 2
    assert every == [statedata.state_facts(execution, rows, name, told) for name in told]
    assert [json.loads(facts["before"] or "{}") for facts in every] == [{}, {"one": 1}, {"one": 1, "two": 2}]
    assert [len(facts["attempts"]) for facts in every] == [0, 1, 0]


def test_a_long_pause_before_a_retry_is_told_in_its_two_largest_units() -> None:
    month = {**RETRY, "IntervalSeconds": 2_594_700, "MaxAttempts": 1}
    simulation = ran({"Send": task(End=True, Retry=[month])}, 2_600_000_000, mocks={"Send": FAILS})
    rows = events.rows_of(workflow.machine_of(simulation, "m").executions[0])
    assert "lambda:invoke, attempt 2, 30 d later" in [row["says"] for row in rows]
    assert "after 30 d, at +30 d 0:45:00, attempt 2" in asked(simulation, state="Send")["html"]


def test_a_retry_is_told_with_its_number_its_pause_and_when_the_next_comes() -> None:
    states = {"Send": task(End=True, Retry=[RETRY])}
    simulation = ran(states, 4_500, mocks={"Send": FAILS}, task_seconds={"Send": 1})
    machine = workflow.machine_of(simulation, "m")
    rows = events.rows_of(machine.executions[0])
    scheduled = [row["says"] for row in rows if row["kind"] == "TaskScheduled"]
    assert scheduled == ["lambda:invoke", "lambda:invoke, attempt 2, 2 s later"]
    assert simulation.view()["nodes"]["m"]["states"]["Send"]["says"] == "attempt 3 in 0:04"
    html = asked(simulation, state="Send")["html"]
    assert "after 2 s, at +3.0 s, attempt 2" in html
    assert "attempt 3 at +8.0 s" in html


def test_attempts_after_a_redrive_count_on_for_each_state() -> None:
    inner = {"StartAt": "Send", "States": {"Send": task(End=True)}}
    simulation = ran({"Both": {"Type": "Parallel", "Branches": [inner], "End": True}}, 100, mocks={"Send": FAILS})
    machine = workflow.machine_of(simulation, "m")
    simulation.apply(Command(simulation.now_ms + 1, "RedriveExecution", "m"))
    simulation.run_until(200)
    rows = events.rows_of(machine.executions[0])
    said = [row["says"] for row in rows if row["kind"] in ("TaskScheduled", "TaskFailed")]
    assert said == ["lambda:invoke", "Mail.Down, attempt 1", "lambda:invoke, attempt 2", "Mail.Down, attempt 2"]


def test_an_error_that_no_state_takes_is_told_at_the_state_it_happened_in() -> None:
    lost = task(End=True)
    lost["Parameters"] = {"FunctionName": "f", "Payload": {"to.$": "$.email"}}
    html = asked(ran({"Send": lost}, 10), state="Send")["html"]
    assert "it failed with States.Runtime" in html
    assert "$.email" in html


def test_what_has_failed_can_be_redriven_and_what_runs_cannot() -> None:
    simulation = ran({"Rest": {"Type": "Wait", "Seconds": 1, "Next": "No"}, "No": {"Type": "Fail", "Error": "E"}}, 500)
    assert not asked(simulation)["redrivable"]
    simulation.run_until(2_000)
    assert asked(simulation)["redrivable"]


def test_a_task_that_expects_heartbeats_says_so_where_it_waits() -> None:
    ask = task(End=True, HeartbeatSeconds=60)
    ask["Resource"] += ".waitForTaskToken"
    ask["Parameters"] = {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}
    (waiting,) = asked(ran({"Ask": ask}, 10))["waiting"]
    assert (waiting["state"], waiting["beats"]) == ("Ask", True)


def test_a_branch_that_is_cut_off_says_so() -> None:
    branches = [{"StartAt": name, "States": {name: task(End=True)}} for name in ("Fast", "Slow")]
    states = {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}
    simulation = ran(states, 5_000, mocks={"Fast": FAILS}, task_seconds={"Fast": 1, "Slow": 3})
    told = simulation.view()["nodes"]["m"]["states"]
    assert (told["Slow"]["says"], told["Fast"]["says"]) == ("cut off", "")


def mapped(to_ms: int) -> Simulation:
    inside = {"StartAt": "Do", "States": {"Do": task(End=True, Retry=[RETRY])}}
    states = {"Each": {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": inside, "End": True}}
    return ran(states, to_ms, given=[10, 11, 12], task_seconds={"Do": 1})


def test_items_of_a_map_are_told_one_by_one() -> None:
    simulation = mapped(1_500)
    assert simulation.view()["nodes"]["m"]["states"]["Each"]["items"] == {"total": 3, "first": ["ok", "ok", "run"]}
    drawn = asked(simulation, map="Each", item=2, state="Do")
    assert drawn["states"]["Do"]["status"] == "run"
    assert "item 2" in drawn["html"]
    assert drawn["handed"] == {"Do": ["12", None]}
    assert 'data-item="2"' in drawn["part"]
    first = asked(simulation, map="Each", item=0, state="Do")
    assert first["states"]["Do"] == {"status": "ok", "says": "", "entered": 1}
    assert not set(first["of_item"]) & set(drawn["of_item"])


def test_an_item_of_a_long_history_is_found_however_early_it_began() -> None:
    inside = {"StartAt": "Do", "States": {"Do": {"Type": "Pass", "End": True}}}
    states = {"Each": {"Type": "Map", "ItemProcessor": inside, "End": True}}
    simulation = ran(states, 10, given=list(range(1_000)))
    told = asked(simulation, map="Each", item=0, state="Do")
    assert told["events"] > workflow.WINDOW
    assert told["handed"] == {"Do": ["0", "0"]}


def test_attempts_of_items_that_run_at_once_are_not_mixed_up() -> None:
    rows = events.rows_of(workflow.machine_of(mapped(5_000), "m").executions[0])
    assert {row["tried"] for row in rows if row["kind"] == "TaskScheduled"} == {1}


def test_an_item_that_is_none_shows_everything() -> None:
    simulation = mapped(1_500)
    assert "of_item" not in asked(simulation, map="Each", item=-1)
    assert "of_item" not in asked(simulation, map="Nothing", item=0)


def distributed(given: list[int], to_ms: int) -> Simulation:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    is_eleven = {"Variable": "$", "NumericEquals": 11, "Next": "Bad"}
    inner = {
        "Ask": {"Type": "Choice", "Choices": [is_eleven], "Default": "Do"},
        "Bad": {"Type": "Fail", "Error": "Eleven"},
        "Do": task(End=True),
    }
    inside = {"ProcessorConfig": config, "StartAt": "Ask", "States": inner}
    each = {"Type": "Map", "MaxConcurrency": 2, "ToleratedFailurePercentage": 100, "ItemProcessor": inside}
    states = {"Each": {**each, "Next": "Over"}, "Over": {"Type": "Succeed"}}
    return ran(states, to_ms, given=given, task_seconds={"Do": 1})


def test_a_child_of_a_distributed_map_has_a_chip_and_shows_its_own_history() -> None:
    simulation = distributed([10, 11, 12, 13, 14], 1_500)
    items = simulation.view()["nodes"]["m"]["states"]["Each"]["items"]
    assert items["first"] == ["ok", "fail", "ok", "run", "run"]
    assert items["counts"] == {"ok": 2, "run": 2, "fail": 1}
    whole = asked(simulation)
    failed = asked(simulation, map="Each", item=1, state="Bad")
    assert "<title>Child 1, failed</title>" in failed["part"]
    assert (failed["states"]["Bad"]["status"], failed["states"]["Do"]["status"]) == ("fail", "idle")
    assert "FailStateEntered" in failed["rows"]
    assert "FailStateEntered" not in whole["rows"]
    assert failed["handed"]["Bad"] == ["11", None]
    assert "child 1" in failed["html"]
    assert asked(simulation, map="Each", item=3, state="Do")["states"]["Do"]["status"] == "run"
    assert "child" not in asked(simulation, map="Each", item=77, state="Do")
    simulation.run_until(9_000)
    assert simulation.view()["nodes"]["m"]["states"]["Each"]["items"]["counts"] == {"ok": 4, "fail": 1}
    assert asked(simulation, map="Each", item=1, state="Bad")["states"]["Bad"]["status"] == "fail"


def test_many_children_are_counted_by_how_they_stand() -> None:
    simulation = distributed(list(range(300)), 3_500)
    drawn = Drawing(simulation.architecture).whole(simulation.view(), simulation.now_ms)
    assert "<title>2 children running</title>" in drawn
    assert "<title>6 children succeeded</title>" in drawn
    assert "<title>292 children not begun</title>" in drawn
    assert "data-item" not in drawn


def test_a_state_that_the_definition_does_not_have_tells_nothing() -> None:
    simulation = ran({"A": {"Type": "Succeed"}}, 10)
    assert asked(simulation, state="A")["html"]
    assert asked(simulation, state="Nowhere")["html"] == ""


def test_rows_begin_where_the_page_has_got_to() -> None:
    simulation = ran({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}, 10)
    every = asked(simulation)
    assert (every["from"], every["events"]) == (0, 6)
    later = asked(simulation, since=4)
    assert (later["from"], later["events"]) == (4, 6) and later["rows"] in every["rows"]
    for beyond in (-1, 7):
        assert asked(simulation, since=beyond)["rows"] == every["rows"]


ROWS: list[tuple[dict[str, Any], dict[str, Any], dict[str, tuple[str, str]]]] = [
    (
        {"No": {"Type": "Fail", "Error": "Bank.Closed", "Cause": "Sunday"}},
        {},
        {"FailStateEntered": ("fail", ""), "ExecutionFailed": ("fail", "Bank.Closed: Sunday")},
    ),
    ({"No": {"Type": "Fail", "Cause": "Sunday"}}, {}, {"ExecutionFailed": ("fail", "Sunday")}),
    ({"No": {"Type": "Fail", "Error": "Bank.Closed"}}, {}, {"ExecutionFailed": ("fail", "Bank.Closed")}),
    (
        {"Rest": {"Type": "Wait", "Seconds": 1, "End": True}},
        {},
        {"WaitStateEntered": ("wait", ""), "WaitStateExited": ("ok", ""), "ExecutionSucceeded": ("ok", "")},
    ),
    (
        {"Send": task(End=True)},
        {"Send": FAILS},
        {"TaskScheduled": ("run", "lambda:invoke"), "TaskFailed": ("fail", "Mail.Down, attempt 1")},
    ),
    (
        {"Set": {"Type": "Pass", "Assign": {"one": 1, "two": 2}, "End": True}},
        {},
        {"PassStateExited": ("ok", "assigns one, two")},
    ),
    (
        {"Each": {"Type": "Map", "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "End": True}},
        {},
        {"MapStateStarted": ("run", "length 1"), "MapIterationStarted": ("run", "item 0")},
    ),
]


@pytest.mark.parametrize(("states", "mocks", "told"), ROWS)
def test_an_event_has_a_mark_and_a_few_words(
    states: dict[str, Any], mocks: dict[str, Any], told: dict[str, tuple[str, str]]
) -> None:
    (execution,) = workflow.machine_of(ran(states, 5_000, [1], mocks=mocks), "m").executions
    rows = {row["kind"]: (row["mark"], row["says"]) for row in events.rows_of(execution)}
    assert {kind: rows.get(kind) for kind in told} == told


def test_times_of_events_count_from_the_start_of_their_execution() -> None:
    simulation = ran({"Rest": {"Type": "Wait", "Seconds": 2, "End": True}}, 10_000)
    machine = workflow.machine_of(simulation, "m")
    machine.start(None, {})
    simulation.run_until(20_000)
    for execution in machine.executions:
        assert [row["time"] for row in events.rows_of(execution)] == ["+0.0 s"] * 2 + ["+2.0 s"] * 2


def test_what_is_handed_on_is_told_in_short() -> None:
    simulation = ran({"A": {"Type": "Pass", "Result": "x" * 900, "Next": "B"}, "B": {"Type": "Succeed"}}, 10)
    handed = asked(simulation)["handed"]
    assert handed["A"][0] == "{}"
    assert len(handed["B"][0]) == statedata.ON_AN_EDGE


def test_bills_of_standard_and_express_stand_side_by_side() -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 2, "End": True}}}
    nodes = [
        {"id": kind.lower(), "kind": "state_machine", "parameters": {"definition": definition, "type": kind}}
        for kind in ("STANDARD", "EXPRESS")
    ]
    simulation = Simulation(parse({"version": 1, "title": "A trial", "nodes": nodes, "links": []}), 7)
    for kind in ("standard", "express"):
        workflow.machine_of(simulation, kind).start(None, {})
    simulation.run_until(5_000)
    bills = {bill["node"]: bill for bill in costs.bills(simulation)}
    assert (bills["standard"]["usd"], bills["standard"]["says"]) == ("$0.000025", "1 execution, 1 state transition")
    assert (bills["express"]["usd"], bills["express"]["says"]) == ("$0.00000308", "1 execution, 2.0 s of 64 MB")
    assert bills["express"]["each"]["usd"] == pytest.approx(0.00000308375)
    assert costs.bills(mapped(10)) == []


def test_an_execution_is_drawn_with_the_definition_that_it_was_started_with() -> None:
    simulation = ran({"Rest": {"Type": "Wait", "Seconds": 9, "Next": "Old"}, "Old": {"Type": "Succeed"}}, 1_000)
    machine = workflow.machine_of(simulation, "m")
    changed = {"StartAt": "New", "States": {"New": {"Type": "Succeed"}}}
    command = Command(simulation.now_ms + 1, "SetParameter", "m", {"definition": changed})
    simulation.apply(command)
    simulation.run_until(2_000)

    def told() -> dict[str, Any]:
        log = [(command.at_ms, 1, command)]
        return workflow.answer("x" * 22, simulation, log, simulation.now_ms, {"node": "m", "execution": first})

    first = machine.executions[0].uid
    running = told()
    assert 'data-state="Old"' in running["part"]
    assert 'data-state="New"' not in running["part"]
    assert ">Definition v1<" in running["part"]
    assert "drawn as v1 of its definition" in running["part"]
    machine.start(None, {})
    simulation.run_until(20_000)
    assert 'data-state="Old"' in told()["part"]
    first = 0
    assert "part" not in told()


def test_the_graph_of_a_new_definition_rests_until_an_execution_of_it_runs() -> None:
    simulation = ran({"Same": {"Type": "Pass", "Next": "Old"}, "Old": {"Type": "Succeed"}}, 1_000)
    assert simulation.node_view("m")["status"] == "ok"
    changed = {"StartAt": "Same", "States": {"Same": {"Type": "Pass", "Next": "New"}, "New": {"Type": "Succeed"}}}
    simulation.apply(Command(simulation.now_ms + 1, "SetParameter", "m", {"definition": changed}))
    simulation.run_until(2_000)
    rests = simulation.node_view("m")
    assert (rests["status"], rests["says"], rests["states"]) == ("idle", "", {})
    told = asked(simulation)
    assert told["states"]["Same"]["status"] == told["states"]["Old"]["status"] == "ok"  # its history still tells that
    assert "part" not in told
    workflow.machine_of(simulation, "m").start(None, {})
    simulation.run_until(3_000)
    assert simulation.node_view("m")["states"]["New"]["status"] == "ok"
