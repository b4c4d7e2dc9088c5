"""Checking Retry and Catch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from courseapp.engine.states.checkmaps import MapChecks
from courseapp.engine.states.errors import ALL, PREDEFINED
from courseapp.engine.states.problems import pointer, shown
from courseapp.engine.states.quotas import LONGEST_SECONDS, MAX_DELAY_SECONDS
from courseapp.engine.states.schema import CATCHER_FIELDS, QUERY_CATCHER_FIELDS, RETRIER_FIELDS
from courseapp.engine.states.suggestions import closest

_OF_HTTP = re.compile(r"States\.Http\.StatusCode\.\d{3}", re.ASCII)


class HandlerChecks(MapChecks):
    def target(self, name: str, path: str) -> None:
        raise NotImplementedError

    def handlers(self, handlers: Any, path: str, field: str) -> None:
        if not isinstance(handlers, list):
            self.is_array(handlers, path)
            return
        for index, handler in enumerate(handlers):
            place = pointer(path, index)
            if not self.is_object(handler, place):
                continue
            elsewhere = None
            if field == "Retry":
                known: tuple[str, ...] = RETRIER_FIELDS
                self._retrier(handler, place)
            else:
                known = QUERY_CATCHER_FIELDS if self.query else CATCHER_FIELDS
                elsewhere = {"ResultPath": "JSONPath", "Output": "JSONata"}
                self._catcher(handler, place, known)
            self.only(handler, place, known, elsewhere)
            self._error_names(handler, place, known, index == len(handlers) - 1)

    def _error_names(self, handler: Mapping[str, Any], path: str, known: tuple[str, ...], last: bool) -> None:
        self.required(handler, path, ("ErrorEquals",), known)
        if "ErrorEquals" not in handler:
            return
        place = pointer(path, "ErrorEquals")
        if not self.is_array(handler["ErrorEquals"], place):
            return
        names = handler["ErrorEquals"]
        for index, name in enumerate(names):
            if self.is_text(name, pointer(place, index)):
                self._error_name(name, pointer(place, index))
        if ALL in names and len(names) > 1:
            self.bad(place, "States.ALL must stand alone in ErrorEquals.")
        if ALL in names and not last:
            self.bad(
                place, "States.ALL may only stand in the last one of the list: those after it would never be reached."
            )

    def _error_name(self, name: str, path: str) -> None:
        """A name of one's own may be anything, but for the prefix of the predefined ones."""
        if name.startswith("States.") and name not in PREDEFINED and not _OF_HTTP.fullmatch(name):
            says = f"'{name}' is no predefined error, and names of your own must not begin with 'States.'."
            self.bad(path, f"{says}{closest(name, PREDEFINED)}")

    def _retrier(self, retrier: Mapping[str, Any], path: str) -> None:
        interval = retrier.get("IntervalSeconds", 1)
        good = self.is_whole(interval, pointer(path, "IntervalSeconds"), 1, LONGEST_SECONDS)
        self.is_whole(retrier.get("MaxAttempts", 3), pointer(path, "MaxAttempts"), 0, LONGEST_SECONDS)
        rate = retrier.get("BackoffRate", 2.0)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or rate < 1:
            self.bad(pointer(path, "BackoffRate"), f"BackoffRate must be a number of at least 1, found {shown(rate)}.")
        if "MaxDelaySeconds" in retrier:
            place = pointer(path, "MaxDelaySeconds")
            delay = retrier["MaxDelaySeconds"]
            if self.is_whole(delay, place, 1, MAX_DELAY_SECONDS) and good and delay <= interval:
                self.bad(place, "MaxDelaySeconds must be greater than IntervalSeconds.")
        jitter = retrier.get("JitterStrategy", "NONE")
        self.one_of(jitter, pointer(path, "JitterStrategy"), "JitterStrategy", ("FULL", "NONE"))
        self.comment(retrier, path)

    def leads_on(self, rule: Mapping[str, Any], path: str, known: tuple[str, ...]) -> None:
        """The Next of a catcher or of a Choice's rule."""
        self.required(rule, path, ("Next",), known)
        if "Next" in rule and self.is_text(rule["Next"], pointer(path, "Next")):
            self.target(rule["Next"], pointer(path, "Next"))

    def _catcher(self, catcher: Mapping[str, Any], path: str, known: tuple[str, ...]) -> None:
        self.leads_on(catcher, path, known)
        if self.query and "Output" in catcher:
            self.asking(catcher["Output"], pointer(path, "Output"), error=True)
        if "ResultPath" in catcher and not self.query:
            self.result_path(catcher["ResultPath"], pointer(path, "ResultPath"))
        if "Assign" in catcher:
            self.assign(catcher["Assign"], pointer(path, "Assign"), error=True)
        self.comment(catcher, path)
