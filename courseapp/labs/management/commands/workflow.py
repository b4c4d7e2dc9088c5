"""``manage.py workflow run | run-batch | validate``: definitions of the states language, from files."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courseapp.engine.states.batch import invalid, run_batch, run_one
from courseapp.engine.states.jsontext import compact
from courseapp.engine.states.validate import validate
from courseapp.engine.states.warnings import warnings
from courseapp.labs.jsonfiles import json_of, lines_of, text_of

EXIT_INVALID = 2
_HALVES = re.compile("[\ud800-\udfff]")


class Command(BaseCommand):
    help = "Run or check a workflow in the Amazon States Language, in virtual time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        run = what.add_parser("run", help="run one execution and print its result")
        run.add_argument("definition", type=Path)
        run.add_argument("--input", type=Path, help="a file with the execution's input; {} without it")
        run.add_argument("--mocks", type=Path, help="a file in the MockConfigFile format of Step Functions Local")
        run.add_argument("--state-machine", help="whose test cases; may be left out if there is one")
        run.add_argument("--test-case", help="which; may be left out if there is one")
        run.add_argument("--history", action="store_true", help="add the execution history")
        run.add_argument("--express", action="store_true", help="run it as an Express workflow")
        run.add_argument("--json", action="store_true", help="on one line")
        batch = what.add_parser("run-batch", help="run many: one JSON case a line in, one result a line out")
        batch.add_argument("cases", type=Path)
        check = what.add_parser("validate", help="print all problems of a definition")
        check.add_argument("definition", type=Path)
        check.add_argument("--express", action="store_true")
        check.add_argument("--json", action="store_true", help="on one line")

    def handle(self, *args: Any, **options: Any) -> None:
        {"run": self._run, "run-batch": self._run_batch, "validate": self._validate}[options["what"]](options)

    def _run(self, options: dict[str, Any]) -> None:
        result = run_one(
            text_of(options["definition"]),
            {} if options["input"] is None else json_of(options["input"]),
            None if options["mocks"] is None else json_of(options["mocks"]),
            options["state_machine"],
            options["test_case"],
            options["history"],
            _kind(options),
        )
        self._print(result, options["json"])

    def _validate(self, options: dict[str, Any]) -> None:
        text = text_of(options["definition"])
        problems = validate(text, _kind(options))
        result: dict[str, Any] = invalid(problems) if problems else {"status": "VALID", "errors": []}
        if found := warnings(text):
            result["warnings"] = [one.as_json() for one in found]
        self._print(result, options["json"])

    def _print(self, result: dict[str, Any], on_one_line: bool) -> None:
        text = compact(result) if on_one_line else json.dumps(result, indent=2, ensure_ascii=False)
        self.stdout.write(_printable(text))
        if result["status"] == "INVALID":
            raise SystemExit(EXIT_INVALID)

    def _run_batch(self, options: dict[str, Any]) -> None:
        for result in run_batch(_case(number, value) for number, value in lines_of(options["cases"])):
            self.stdout.write(_printable(compact(result)))


def _printable(text: str) -> str:
    """JSON text that can be written as UTF-8: halves of letters, which JSON may hold, as escapes."""
    return _HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _kind(options: dict[str, Any]) -> str:
    return "EXPRESS" if options["express"] else "STANDARD"


def _case(number: int, case: Any) -> dict[str, Any]:
    if not isinstance(case, dict):
        raise CommandError(f"Line {number} must be an object with id, definition and input.")
    return case
