"""`manage.py simulate`."""

import io
import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.labs.people import SHOP, send


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP))
    return path


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(json.dumps(send(at_ms).as_json()) for at_ms in (0, 1_000, -500)))
    return path


def simulate(*arguments):
    out = io.StringIO()
    call_command("simulate", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_prints_the_metrics_of_every_node(shop, log):
    text = simulate(shop, "--for", 60, "--commands", log)
    assert "NumberOfMessagesDeleted" in text and "worked" in text


def test_a_run_that_cannot_go_on_ends_with_its_message(tmp_path):
    large = '{% ($s := $pad("", 25000, "abc"); $join([1..10].$s)) %}'
    again = {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Done"}], "Default": "Make"}
    make = {"Type": "Pass", "Output": large, "Next": "Again"}
    states = {"Make": make, "Again": again, "Done": {"Type": "Succeed"}}
    definition = {"StartAt": "Make", "QueryLanguage": "JSONata", "States": states}
    node = {"id": "hoarder", "kind": "state_machine", "parameters": {"definition": definition}}
    document, log = tmp_path / "document.json", tmp_path / "log.jsonl"
    document.write_text(json.dumps({"version": 1, "title": "Without end", "nodes": [node], "links": []}))
    log.write_text(json.dumps({"at_ms": 2_000, "action": "StartExecution", "target": "hoarder", "parameters": {}}))
    with pytest.raises(CommandError, match=r"Stopped at 2000 ms: The execution 'hoarder-1' .* more than 128 MB"):
        simulate(document, "--for", 60, "--commands", log, "--journal", tmp_path / "journal.jsonl")


def test_as_json_it_gives_time_and_nodes(shop, log):
    told = json.loads(simulate(shop, "--for", 10, "--commands", log, "--json"))
    assert told["at_ms"] == 10_000
    assert told["nodes"]["orders"]["NumberOfMessagesDeleted"] == 3
    assert told["nodes"]["shop"]["sent"] == 3


def test_the_journal_is_one_json_record_a_line_and_the_same_every_time(shop, log, tmp_path):
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for file in files:
        simulate(shop, "--for", 10, "--commands", log, "--journal", file)
    assert files[0].read_bytes() == files[1].read_bytes()
    records = [json.loads(line) for line in files[0].read_text().splitlines()]
    assert [record["sequence"] for record in records] == list(range(1, len(records) + 1))
    assert (records[0]["at_ms"], records[0]["type"], records[0]["message"]) == (-500, "sent", "order 1")


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ({**SHOP, "links": [{"from": "shop", "to": "nowhere"}]}, "/links/0/to"),
        ({**SHOP, "nodes": []}, "/links/1/to"),
        ([], "object"),
    ],
)
def test_a_broken_document_is_refused_with_every_place(shop, broken, named):
    shop.write_text(json.dumps(broken))
    with pytest.raises(CommandError, match=named):
        simulate(shop, "--for", 10)


@pytest.mark.parametrize(
    ("text", "named"),
    [('{"at_ms": 0, "action": "Explode", "target": "shop"}', r"line 1.*Explode"), ("\n{", "line 2"), ("[]", "object")],
)
def test_a_broken_command_is_named_by_its_line(shop, log, text, named):
    log.write_text(text)
    with pytest.raises(CommandError, match=named):
        simulate(shop, "--for", 10, "--commands", log)


def test_a_document_or_command_nested_too_deep_or_with_an_endless_number_is_refused_in_a_sentence(shop, log):
    deep = "[" * 100_000
    log.write_text(deep)
    with pytest.raises(CommandError, match="line 1 is nested too deep"):
        simulate(shop, "--for", 10, "--commands", log)
    shop.write_text(deep)
    with pytest.raises(CommandError, match=r"shop\.json is nested too deep"):
        simulate(shop, "--for", 10)
    shop.write_text("9" * 5_000)
    with pytest.raises(CommandError, match=r"shop\.json is no JSON: a number has more than 4,300 digits$"):
        simulate(shop, "--for", 10)


def test_every_problem_of_a_definition_in_the_document_is_named_with_its_place(shop):
    broken = {"id": "flow", "kind": "state_machine", "parameters": {"definition": {"StartAt": "A", "States": {}}}}
    shop.write_text(json.dumps({**SHOP, "nodes": [*SHOP["nodes"], broken]}))
    with pytest.raises(CommandError, match=r"/nodes/3/parameters/definition/States: "):
        simulate(shop, "--for", 10)


def test_mocks_that_cannot_be_read_are_refused_in_a_sentence(shop):
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    machine = {"id": "flow", "kind": "state_machine", "parameters": {"definition": definition, "mocks": {"x": 1}}}
    shop.write_text(json.dumps({**SHOP, "nodes": [*SHOP["nodes"], machine]}))
    with pytest.raises(CommandError, match=r"shop\.json cannot be run"):
        simulate(shop, "--for", 10)


def test_any_letters_go_into_a_journal_and_come_back(shop, log, tmp_path):
    says = "a\u2028b\x85c"
    sends = [send(0).as_json(), {**send(1).as_json(), "parameters": {"message": {"name": "half \ud800", "body": says}}}]
    log.write_text("\n".join(json.dumps(each, ensure_ascii=index == 1) for index, each in enumerate(sends)))
    assert "\\u2028" in log.read_text()
    log.write_text(log.read_text().replace("\\u2028", "\u2028"), encoding="utf-8")
    journal = tmp_path / "journal.jsonl"
    simulate(shop, "--for", 10, "--commands", log, "--journal", journal)
    records = [json.loads(line) for line in journal.read_text(encoding="utf-8").split("\n") if line]
    assert {"half \ud800"} < {record["message"] for record in records}
    assert any((record["detail"] or {}).get("body") == says for record in records)


def test_a_file_that_is_not_there_is_named(shop, tmp_path):
    with pytest.raises(CommandError, match=r"missing\.json"):
        simulate(tmp_path / "missing.json", "--for", 10)
    with pytest.raises(CommandError, match="--for"):
        simulate(shop, "--for", -1)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_has_seen_enough_ends_it_without_a_trace(shop, unbuffered):
    reads, writes = os.pipe()
    os.close(reads)
    ended = subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", "simulate", shop, "--for", "10"],
        stdout=writes,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        check=False,
    )
    os.close(writes)
    assert (ended.returncode, ended.stderr.decode()) == (1, "")
