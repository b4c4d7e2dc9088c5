"""``manage.py workflow``: what it prints, and how it exits."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

MAIL = {
    "StartAt": "Mail",
    "States": {
        "Mail": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Retry": [{"ErrorEquals": ["Mail.Unavailable"]}],
            "Next": "Week",
        },
        "Week": {"Type": "Wait", "Seconds": 604800, "End": True},
    },
}
MOCKS = {
    "StateMachines": {"SignUp": {"TestCases": {"Happy": {"Mail": "Ok"}, "Down": {"Mail": "DownTwice"}}}},
    "MockedResponses": {
        "Ok": {"0": {"Return": {"id": 1}}},
        "DownTwice": {"0-1": {"Throw": {"Error": "Mail.Unavailable", "Cause": "503"}}, "2": {"Return": {"id": 2}}},
    },
}


PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


def written(folder: Path, name: str, value: Any) -> str:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(path)


def workflow(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("workflow", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_run_prints_status_output_error_and_cause(tmp_path: Path) -> None:
    definition, data = written(tmp_path, "d.json", MAIL), written(tmp_path, "i.json", {"x": 1})
    code, text = workflow("run", definition, "--input", data, "--json")
    assert (code, json.loads(text)) == (0, {"status": "SUCCEEDED", "output": {}, "error": None, "cause": None})


def test_run_with_a_chosen_test_case_and_the_history(tmp_path: Path) -> None:
    definition, mocks = written(tmp_path, "d.json", MAIL), written(tmp_path, "m.json", MOCKS)
    code, text = workflow("run", definition, "--mocks", mocks, "--test-case", "Down", "--history", "--json")
    result = json.loads(text)
    assert (code, result["output"]) == (0, {"id": 2})
    assert [event["type"] for event in result["history"]].count("TaskFailed") == 2
    assert result["history"][-1]["timestamp"] == "2026-01-12T09:00:03.000Z"


def test_run_says_which_test_cases_there_are_if_none_is_chosen(tmp_path: Path) -> None:
    definition, mocks = written(tmp_path, "d.json", MAIL), written(tmp_path, "m.json", MOCKS)
    code, text = workflow("run", definition, "--mocks", mocks, "--json")
    [error] = json.loads(text)["errors"]
    assert code == 2
    assert "Happy, Down" in error["message"]


def test_run_refuses_a_state_machine_that_the_mocks_do_not_have(tmp_path: Path) -> None:
    definition, mocks = written(tmp_path, "d.json", MAIL), written(tmp_path, "m.json", MOCKS)
    code, text = workflow("run", definition, "--mocks", mocks, "--state-machine", "X", "--test-case", "Down", "--json")
    [error] = json.loads(text)["errors"]
    assert (code, error["code"]) == (2, "InvalidMocks")
    assert "has no state machine 'X'" in error["message"]


def test_a_refused_definition_exits_with_2(tmp_path: Path) -> None:
    definition = written(tmp_path, "d.json", {"StartAt": "Mial", "States": MAIL["States"]})
    for what in ("run", "validate"):
        code, text = workflow(what, definition, "--json")
        result = json.loads(text)
        assert (code, result["status"]) == (2, "INVALID")
        assert any(one["path"] == "/StartAt" and "closest name is Mail" in one["message"] for one in result["errors"])


def test_a_good_definition_is_valid(tmp_path: Path) -> None:
    assert workflow("validate", written(tmp_path, "d.json", MAIL), "--json") == (0, '{"status":"VALID","errors":[]}\n')


def test_run_batch_answers_each_line_in_order(tmp_path: Path) -> None:
    lines = [{"id": "a", "definition": MAIL, "input": {}}, {"id": "b", "definition": {}, "input": 1}]
    code, text = workflow("run-batch", written(tmp_path, "c.jsonl", "\n".join(map(json.dumps, lines))))
    first, second = map(json.loads, text.splitlines())
    assert (code, first["id"], first["status"]) == (0, "a", "SUCCEEDED")
    assert (second["id"], second["status"]) == ("b", "INVALID")


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert workflow("validate", written(tmp_path, "d.json", "\ufeff" + json.dumps(PASS)))[0] == 0


def test_half_a_letter_is_printed_escaped(tmp_path: Path) -> None:
    half = json.loads('"\\ud83d"')
    line = {"id": half, "definition": PASS, "input": {half: [half, "\U0001f600"]}}
    _, text = workflow("run-batch", written(tmp_path, "c.jsonl", json.dumps(line)))
    assert json.loads(text.encode().decode())["output"] == line["input"]
    _, text = workflow("validate", written(tmp_path, "d.json", {**PASS, "StartAt": half}))
    assert "\\ud83d" in text.encode().decode()


def test_a_definition_nested_without_end_is_refused_in_our_own_words(tmp_path: Path) -> None:
    code, text = workflow("validate", written(tmp_path, "d.json", "[" * 100_000))
    assert code == 2
    assert "deep" in json.loads(text)["errors"][0]["message"]
    assert "recursion" not in text


@pytest.mark.parametrize("arguments", [("run", "nowhere.json"), ("run-batch", "nowhere.jsonl")])
def test_a_file_that_is_not_there_is_named(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.jsonl? cannot be read"):
        call_command("workflow", *arguments)
