"""``manage.py workflow run | run-batch | validate``: definitions of the states language, from files."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courseapp.engine.states.batch import invalid, run_batch, run_one
from courseapp.engine.states.jsontext import compact
from courseapp.engine.states.validate import validate
from courseapp.engine.states.warnings import warnings

EXIT_INVALID = 2


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
            _text(options["definition"]),
            _json(options["input"], {}),
            _json(options["mocks"], None),
            options["state_machine"],
            options["test_case"],
            options["history"],
            _kind(options),
        )
        self._print(result, options["json"])

    def _validate(self, options: dict[str, Any]) -> None:
        text = _text(options["definition"])
        problems = validate(text, _kind(options))
        result: dict[str, Any] = invalid(problems) if problems else {"status": "VALID", "errors": []}
        if found := warnings(text):
            result["warnings"] = [one.as_json() for one in found]
        self._print(result, options["json"])

    def _print(self, result: dict[str, Any], on_one_line: bool) -> None:
        text = compact(result) if on_one_line else json.dumps(result, indent=2, ensure_ascii=False)
        self.stdout.write(text)
        if result["status"] == "INVALID":
            raise SystemExit(EXIT_INVALID)

    def _run_batch(self, options: dict[str, Any]) -> None:
        lines = _text(options["cases"]).splitlines()
        cases = (_case(number, line) for number, line in enumerate(lines, 1) if line.strip())
        for result in run_batch(cases):
            self.stdout.write(compact(result))


def _kind(options: dict[str, Any]) -> str:
    return "EXPRESS" if options["express"] else "STANDARD"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"Cannot read {path}: {error}") from None


def _json(path: Path | None, otherwise: Any) -> Any:
    if path is None:
        return otherwise
    try:
        return json.loads(_text(path))
    except ValueError as error:
        raise CommandError(f"{path} is not JSON: {error}") from None


def _case(number: int, line: str) -> dict[str, Any]:
    try:
        case = json.loads(line)
    except ValueError as error:
        raise CommandError(f"Line {number} is not JSON: {error}") from None
    if not isinstance(case, dict):
        raise CommandError(f"Line {number} must be an object with id, definition and input.")
    return case
