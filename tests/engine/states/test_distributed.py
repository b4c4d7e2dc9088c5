"""The distributed Map: where items come from, what children are, where results go."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from courseapp.engine.commands import Refused
from courseapp.engine.states.errors import StatesError
from courseapp.engine.states.execution import Execution
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.states.objects import read_items
from tests.engine.states.help import machine

GET = "arn:aws:states:::s3:getObject"
LIST = "arn:aws:states:::s3:listObjectsV2"
CSV = 'id,name\n1,Ana\n2,"Ben, the second"\n3\n'


def definition(inner: dict[str, Any] | None = None, kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    states = inner or {"B": {"Type": "Pass", "End": True}}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": next(iter(states)),
        "States": states,
    }
    return {"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}}


def run(built: StateMachine, data: Any = None) -> Execution:
    execution, _ = built.open("one", {} if data is None else data)
    built.kernel.run_until(400_000_000_000)
    assert execution.ended_ms is not None
    return execution


def reader(resource: str = GET, config: Any = None, **where: str) -> dict[str, Any]:
    return {"Resource": resource, "Parameters": {"Bucket": "b", **where}, "ReaderConfig": config or {}}


PEOPLE = [{"id": "1", "name": "Ana"}, {"id": "2", "name": "Ben, the second"}, {"id": "3", "name": ""}]
GIVEN = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["n", "l"]}
INVENTORY = [{"Bucket": "src", "Key": "k1"}, {"Bucket": "src", "Key": "k2"}]
SETS = {
    "b/people.csv": CSV,
    "b/people.psv": "7|x\n",
    "b/list.json": "[1, 2, 3]",
    "b/tree.json": {"data": {"rows": [{"x": 1}, {"x": 2}]}},
    "b/object.json": {"one": 1, "two": 2},
    "b/lines.jsonl": '{"a": 1}\n\n{"a": 2}\n',
    "b/in/1.json": [1],
    "b/in/2.json": [2, 3],
    "b/number.json": "7",
    "b/broken.json": "[",
    "b/table.parquet": [{"p": 1}],
    "b/manifest.json": {
        "destinationBucket": "arn:aws:s3:::b",
        "fileSchema": "Bucket, Key",
        "files": [{"key": "inventory.csv"}],
    },
    "b/inventory.csv": '"src","k1"\n"src","k2"\n',
    "b/uris.csv": '"s3://b/in/1.json"\n"s3://b/in/2.json"\n',
}


@pytest.mark.parametrize(
    ("key", "config", "items"),
    [
        ("people.csv", {"InputType": "CSV"}, PEOPLE),
        ("people.psv", {"InputType": "CSV", "CSVDelimiter": "PIPE", **GIVEN}, [{"n": "7", "l": "x"}]),
        ("list.json", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
        ("tree.json", {"InputType": "JSON", "ItemsPointer": "/data/rows"}, [{"x": 1}, {"x": 2}]),
        ("lines.jsonl", {"InputType": "JSONL"}, [{"a": 1}, {"a": 2}]),
        ("table.parquet", {"InputType": "PARQUET"}, [{"p": 1}]),
        ("object.json", {}, [{"Key": "one", "Value": 1}, {"Key": "two", "Value": 2}]),
        ("manifest.json", {"InputType": "MANIFEST", "ManifestType": "S3_INVENTORY"}, INVENTORY),
        ("uris.csv", {"InputType": "JSON", "ManifestType": "ATHENA_DATA"}, [1, 2, 3]),
    ],
)  # fmt: skip
def test_items_come_from_the_documents_data_sets(key: str, config: Any, items: Any) -> None:
    built = machine(definition(ItemReader=reader(config=config, Key=key)), data_sets=SETS)
    execution = run(built)
    assert execution.output == items
    assert next(fields for _, kind, fields in execution.history if kind == "MapStateStarted")[-1] == 0


def test_lines_end_with_line_feeds_alone() -> None:
    store = {"b/k": '{"a":"x\u2028y"}\r\n\n{"a":"\x85"}\n'}
    assert read_items(store, "getObject", {"Bucket": "b", "Key": "k"}, {"InputType": "JSONL"}) == [
        {"a": "x\u2028y"},
        {"a": "\x85"},
    ]


def test_listed_objects_are_items_and_can_be_loaded_and_flattened() -> None:
    listed = run(machine(definition(ItemReader=reader(LIST, Prefix="in/")), data_sets=SETS))
    assert [item["Key"] for item in listed.output] == ["in/1.json", "in/2.json"]
    flat = reader(LIST, {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}, Prefix="in/")
    assert run(machine(definition(ItemReader=flat), data_sets=SETS)).output == [1, 2, 3]


@pytest.mark.parametrize(
    ("where", "config"),
    [
        ({"Bucket": "b", "Key": "no"}, {}),
        ({"Key": "list.json"}, {}),
        ({"Bucket": "b", "Key": "number.json"}, {}),
        ({"Bucket": "b", "Key": "broken.json"}, {}),
        ({"Bucket": "b", "Key": "tree.json"}, {"ItemsPointer": "/data/none"}),
        ({"Bucket": "b", "Key": "object.json"}, {"InputType": "PARQUET"}),
        ({"Bucket": "b", "Key": "list.json"}, {"InputType": "MANIFEST", "ManifestType": "S3_INVENTORY"}),
    ],
)
def test_what_cannot_be_read_is_an_error_of_the_reader(where: Any, config: Any) -> None:
    with pytest.raises(StatesError) as caught:
        read_items(SETS, "getObject", where, config)
    assert caught.value.name == "States.ItemReaderFailed"


def test_the_source_of_an_item_is_its_object() -> None:
    fields = {"ItemReader": reader(Key="list.json"), "ItemSelector": {"s.$": "$$.Map.Item.Source"}}
    assert run(machine(definition(**fields), data_sets=SETS)).output[0] == {"s": "S3://b/list.json"}


def test_children_are_executions_of_their_own() -> None:
    inner = {"B": {"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id"}, "End": True}}
    built = machine(definition(inner, Label="lot"))
    execution = run(built, [1, 2])
    (map_run,) = built.map_runs
    assert map_run.arn.startswith("arn:aws:states:us-east-1:123456789012:mapRun:m/lot:")
    assert execution.output == [{"id": child.arn} for child in map_run.children]
    assert all(":execution:m/lot:" in child.arn for child in map_run.children)
    kinds = [kind for _, kind, _ in map_run.children[0].history]
    assert kinds == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert built.find(map_run.children[1].arn) is map_run.children[1]
    assert map_run.counts() == {"total": 2, "pending": 0, "running": 0, "failed": 0, "succeeded": 2}
    assert built.metrics()["transitions"] == 3
    assert built.counts["ExecutionsStarted"] == 1
    events = {event["type"]: event for event in execution.history_as_aws()}
    assert events["MapRunStarted"]["mapRunStartedEventDetails"] == {"mapRunArn": map_run.arn}
    assert "mapRunSucceededEventDetails" not in events["MapRunSucceeded"]


def test_no_more_children_than_max_concurrency_at_once() -> None:
    inner = {"B": {"Type": "Wait", "Seconds": 10, "End": True}}
    built = machine(definition(inner, MaxConcurrencyPath="$.n", ItemsPath="$.l"))
    execution, _ = built.open("one", {"n": 2, "l": [1, 2, 3]})
    built.kernel.run_until(5_000)
    assert built.map_runs[0].counts()["running"] == 2
    built.kernel.run_until(30_000)
    assert execution.ended_ms == 20_000


def test_a_stopped_execution_stops_its_children() -> None:
    built = machine(definition({"B": {"Type": "Wait", "Seconds": 10, "End": True}}))
    execution, _ = built.open("one", [1, 2])
    built.kernel.run_until(5_000)
    built.stop("one")
    assert [child.status for child in built.map_runs[0].children] == ["ABORTED", "ABORTED"]
    kinds = [kind for _, kind, _ in execution.history]
    assert kinds[-3:] == ["MapRunAborted", "MapStateAborted", "ExecutionAborted"]
    built.kernel.run_until(100_000)
    assert built.map_runs[0].status == "ABORTED"


def test_a_pickled_map_run_goes_on() -> None:
    built = machine(definition({"B": {"Type": "Wait", "Seconds": 10, "End": True}}, MaxConcurrency=1))
    built.open("one", [1, 2])
    built.kernel.run_until(5_000)
    again = pickle.loads(pickle.dumps(built))
    again.kernel.run_until(100_000)
    assert again.find("one").ended_ms == 20_000
    assert again.find("one").output == [1, 2]


WRITER = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "runs"}}


def test_results_are_written_into_the_object_store() -> None:
    states = {
        "C": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "F"}], "Default": "S"},
        "F": {"Type": "Fail", "Error": "Two"},
        "S": {"Type": "Succeed"},
    }
    built = machine(definition(states, ResultWriter=WRITER, ToleratedFailurePercentage=50))
    execution = run(built, [1, 2])
    details = execution.output["ResultWriterDetails"]
    assert details["Bucket"] == "out" and details["Key"].startswith("runs/")
    objects = built.objects()
    manifest = objects[f"out/{details['Key']}"]
    (good,), (bad,) = manifest["ResultFiles"]["SUCCEEDED"], manifest["ResultFiles"]["FAILED"]
    assert [json.loads(one["Output"]) for one in objects[f"out/{good['Key']}"]] == [1]
    assert [one["Error"] for one in objects[f"out/{bad['Key']}"]] == ["Two"]


@pytest.mark.parametrize(
    ("config", "output"),
    [
        ({"Transformation": "FLATTEN", "OutputType": "JSON"}, [1, 2, 3]),
        ({"Transformation": "COMPACT", "OutputType": "JSON"}, [[1, 2], 3]),
        ({"Transformation": "COMPACT", "OutputType": "JSONL"}, "[1,2]\n3"),
    ],
)
def test_a_writer_config_alone_shapes_the_output(config: Any, output: Any) -> None:
    assert run(machine(definition(ResultWriter={"WriterConfig": config})), [[1, 2], 3]).output == output


def test_a_writer_without_a_bucket_fails() -> None:
    writer = {**WRITER, "Parameters": {"Bucket.$": "$[0]"}}
    assert run(machine(definition(ResultWriter=writer)), [7]).error == "States.ResultWriterFailed"


def test_tasks_read_and_write_the_same_store() -> None:
    s3 = "arn:aws:states:::aws-sdk:s3:"
    states = {
        "P": {
            "Type": "Task", "Resource": f"{s3}putObject", "Next": "G",
            "Parameters": {"Bucket": "b", "Key": "new", "Body.$": "$"},
        },
        "G": {"Type": "Task", "Resource": f"{s3}getObject", "Parameters": {"Bucket": "b", "Key": "new"}, "Next": "N"},
        "N": {"Type": "Task", "Resource": f"{s3}getObject", "Parameters": {"Bucket": "b", "Key": "none"}, "End": True},
    }  # fmt: skip
    built = machine({"StartAt": "P", "States": states}, data_sets={"b/old": "x"})
    execution = run(built, {"a": 1})
    entered = {detail[2]: detail[3] for _, kind, detail in execution.history if kind == "TaskStateEntered"}
    assert entered["N"]["Body"] == '{"a":1}'
    assert execution.error == "S3.NoSuchKeyException"
    with pytest.raises(Refused):
        built.find("no such execution")


def test_the_states_inside_are_seen_to_run() -> None:
    built = machine(definition({"B": {"Type": "Wait", "Seconds": 10, "End": True}}, MaxConcurrency=2))
    built.open("one", [1, 2, 3])
    built.kernel.run_until(15_000)
    states = built.view()["states"]
    assert (states["A"]["status"], states["A"]["says"]) == ("run", "2 of 3 items done")
    assert (states["B"]["status"], states["B"]["entered"]) == ("run", 3)
    built.kernel.run_until(30_000)
    assert built.view()["states"]["B"] == {"status": "ok", "says": "", "entered": 3}


def test_children_run_the_definition_that_their_execution_was_started_with() -> None:
    built = machine(definition({"B": {"Type": "Wait", "Seconds": 5, "End": True}}, MaxConcurrency=1))
    execution, _ = built.open("one", [1, 2])
    built.kernel.run_until(1_000)
    built.set_parameter("definition", definition({"C": {"Type": "Pass", "End": True}}))
    built.kernel.run_until(60_000)
    assert execution.status == "SUCCEEDED"
    assert {child.definition.text for child in built.map_runs[0].children} == {execution.definition.text}
