"""``manage.py labs``: every lab of the course, as a list to read or, with ``--json``, with its document's path and
all of its claims."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courseapp.lessons.content import ROOT, Course, LabContent, course
from courseapp.web.contentfiles import ContentError


class Command(BaseCommand):
    help = "Lists the labs of the course: stop, title, minutes, claims and the path of the architecture document."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON array, with the whole of each lab.json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            whole = course()
        except ContentError as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            self.stdout.write(json.dumps([as_json(whole, lab) for lab in whole.labs], indent=2, ensure_ascii=False))
            return
        for stop in whole.stops:
            self.stdout.write(f"{stop.number}  {stop.title}")
            for lab in stop.labs:
                claims = f"{len(lab.lab['claims']):>2} claims"
                self.stdout.write(f"   {lab.number}  {lab.slug:<28} {lab.minutes:>2} min  {claims}  {_path(lab)}")


def as_json(whole: Course, lab: LabContent) -> dict[str, Any]:
    """A lab for tools: where it stands, the path of its document from the folder of manage.py, and all of its
    lab.json."""
    stop = next(stop for stop in whole.stops if stop.number == lab.stop)
    return {
        "stop": {"number": stop.number, "slug": stop.slug, "title": stop.title},
        "number": lab.number,
        "ask": lab.ask,
        "minutes": lab.minutes,
        "document": _path(lab),
        "beliefs": list(lab.beliefs),
        **lab.lab,
    }


def _path(lab: LabContent) -> str:
    return (ROOT / lab.path).relative_to(settings.BASE_DIR).as_posix()
