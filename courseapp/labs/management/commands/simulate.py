"""`manage.py simulate`: run a document without a page, a clock or a database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from courseapp.engine.architecture import Architecture, InvalidArchitecture, parse
from courseapp.engine.commands import Command as Act
from courseapp.engine.commands import Refused, read_command
from courseapp.engine.kernel import CannotGoOn, as_json
from courseapp.engine.states.validate import validate
from courseapp.labs.inspector import number
from courseapp.labs.jsonfiles import json_of, lines_of
from courseapp.labs.run import Log, Run

AT_A_TIME = 50_000
"""Things that happen between two writes of the journal, so that a long run needs little memory."""


class Command(BaseCommand):
    help = "Run an architecture document and print the metrics of its nodes."
    requires_system_checks: list[str] = []  # noqa: RUF012  (as Django declares it)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("architecture", metavar="ARCHITECTURE.json", help="the document")
        parser.add_argument(
            "--for", dest="seconds", metavar="SECONDS", type=float, required=True, help="virtual seconds after 0"
        )
        parser.add_argument("--seed", type=int, default=7, metavar="N", help="of the random streams (7)")
        parser.add_argument("--commands", metavar="LOG.jsonl", help="what people do, one command a line")
        parser.add_argument("--journal", metavar="FILE", help="write the journal there, one record a line")
        parser.add_argument("--json", action="store_true", help="print the metrics as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["seconds"] < 1e12:
            raise CommandError(f"--for takes virtual seconds from 0 on, not {options['seconds']:g}.")
        log = Log.of(enumerate(_commands(options["commands"]), 1))
        run = _run(options["architecture"], options["seed"], log, options["journal"] is not None)
        until_ms = round(options["seconds"] * 1000)
        try:
            if options["journal"] is None:
                run.run_to(until_ms)
            else:
                with _opened(options["journal"]) as journal:
                    _write(run, until_ms, journal)
        except CannotGoOn as stopped:
            raise CommandError(f"Stopped at {run.simulation.now_ms} ms: {stopped}") from None
        metrics = run.simulation.metrics()
        if options["json"]:
            self.stdout.write(json.dumps({"at_ms": run.at_ms, "nodes": metrics}, ensure_ascii=False))
            return
        for node_id, figures in metrics.items():
            self.stdout.write(node_id)
            for name, value in figures.items():
                self.stdout.write(f"  {name:<45} {number(value):>14}")


def _write(run: Run, until_ms: int, journal: IO[str]) -> None:
    there = False
    while not there:
        there = run.run_to(until_ms, AT_A_TIME)
        first = run.sequence + 1
        for sequence, record in enumerate(run.drain(), first):
            json.dump(as_json(sequence, record), journal, separators=(",", ":"), ensure_ascii=False)
            journal.write("\n")


def _run(path: str, seed: int, log: Log, journal: bool) -> Run:
    architecture = _architecture(path)
    try:
        return Run(architecture, seed, log, journal=journal)
    except Refused as refusal:
        raise CommandError(f"{path} cannot be run: {refusal.says}") from refusal


def _architecture(path: str) -> Architecture:
    try:
        architecture = parse(json_of(path))
    except InvalidArchitecture as error:
        problems = [f"{problem.path}: {problem.says}" for problem in error.problems]
    else:
        problems = [f"{place}: {says}" for place, says in _problems_of_definitions(architecture)]
    if problems:
        raise CommandError("\n  ".join([f"{path} cannot be run:", *problems]))
    return architecture


def _problems_of_definitions(architecture: Architecture) -> Iterator[tuple[str, str]]:
    for place, node in enumerate(architecture.nodes):
        if node.kind == "state_machine":
            reach = [link.target for link in architecture.links if link.source == node.id]
            kind = str(node.parameters.get("type", "STANDARD"))
            for problem in validate(node.parameters["definition"], kind, reach):
                yield f"/nodes/{place}/parameters/definition{problem.path}", problem.message


def _commands(path: str | None) -> Iterator[Act]:
    if path is None:
        return
    for line, value in lines_of(path):
        try:
            yield read_command(value)
        except Refused as refusal:
            raise CommandError(f"{path}, line {line}: {refusal.says}") from refusal


def _opened(path: str) -> IO[str]:
    try:
        # half a surrogate pair is written as \ud800, which is how JSON writes it
        return Path(path).open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error}") from error
