"""A database: up, slow or down. A write succeeds only if it was up all the while.

Connecting and writing are two things (docs/formats.md, "Where a write's time lies"): whoever works on a message
connects when the work begins, and a database that is down refuses then; the call itself follows the work.
"""

from __future__ import annotations

from typing import Any

from courseapp.engine.actors.actor import Actor
from courseapp.engine.architecture.durations import Duration
from courseapp.engine.kernel import WORK
from courseapp.engine.messages import Call, look_up
from courseapp.engine.sns.access import gone

ERROR = "DatabaseUnavailable"


class Database(Actor):
    kind = "database"

    def read(self) -> None:
        values = self.parameters
        self.answer = Duration(values.get("answer_seconds", 0))
        self.slow_factor = float(values.get("slow_factor", 1))
        self.timeout_ms = round(float(values.get("timeout_seconds", 0)) * 1000)
        self.error = str(values.get("error", ERROR))
        self.unique_key: str | None = values.get("unique_key")
        self.per_second: float | None = values.get("requests_per_second")
        if not hasattr(self, "keys"):
            self.keys: set[str] = set()
            self.rows = self.written = self.refused = self.falls = self.busy = 0
            self.second = (-1, 0)
            self.watchers: list[Any] = []

    def key_of(self, message: Any) -> str:
        """What identifies the business fact that a message is about: ``unique_key`` of its body, else its name."""
        key = None if self.unique_key is None else look_up(message.body, self.unique_key)
        return str(message.name if key is None else key)

    def go_down(self, _: Any = None) -> None:
        was_up = self.up
        super().go_down()
        if was_up:
            self.falls += 1
            self._tell()

    def come_back(self, _: Any = None) -> None:
        was_down = not self.up
        super().come_back()
        if was_down:
            self._tell()

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher.database_changed(self)

    def invoke(self, call: Call) -> None:
        """A write. Answers ("written" or "duplicate"), or an error after ``timeout_seconds`` if it is down."""
        if not self.up:
            self._refuse_later(call)
            return
        if self._over_the_limit():
            self._refuse(call, "Throttled")
            return
        takes_ms = round(self.answer.draw_ms(self.kernel.dice(self.id)) * self.slow_factor)
        if takes_ms == 0:
            self._write(call)
            return
        self.busy += 1
        self.kernel.plan(self.kernel.now_ms + takes_ms, WORK, self, "call_ends", (call, self.falls))

    def _over_the_limit(self) -> bool:
        if self.per_second is None:
            return False
        second = self.kernel.now_ms // 1000
        count = self.second[1] + 1 if self.second[0] == second else 1
        self.second = (second, count)
        return count > self.per_second

    def call_ends(self, what: tuple[Call, int]) -> None:
        call, falls = what
        self.busy -= 1
        if self.is_gone:
            call.caller.answered(call.token, gone(self.id), None)
        elif self.falls != falls:
            self._refuse(call, self.error)
        else:
            self._write(call)

    def _refuse_later(self, call: Call) -> None:
        if self.timeout_ms == 0:
            self._refuse(call, self.error)
        else:
            self.kernel.plan(self.kernel.now_ms + self.timeout_ms, WORK, self, "time_out", call)

    def time_out(self, call: Call) -> None:
        if self.is_gone:
            call.caller.answered(call.token, gone(self.id), None)
        else:
            self._refuse(call, self.error)

    def _refuse(self, call: Call, error: str) -> None:
        self.refused += 1
        reason = ("throttled", self.per_second) if error == "Throttled" else ("database_down",)
        self.kernel.record(
            "write_refused", self.id, self._link(call), call.message, reason, {"by": call.caller.id, "error": error}
        )
        says = (
            f"{self.id} takes at most {self.per_second} requests a second."
            if error == "Throttled"
            else f"{self.id} is down."
        )
        call.caller.answered(call.token, (error, says), None)

    def _write(self, call: Call) -> None:
        conditional = isinstance(call.payload, dict) and bool(call.payload.get("conditional"))
        if conditional or self.unique_key is not None:
            key = self.key_of(call.message)
            if key in self.keys:
                detail = {"by": call.caller.id, "error": "ConditionalCheckFailed"}
                self.refused += 1
                self.kernel.record(
                    "write_refused", self.id, self._link(call), call.message, ("row_exists", key), detail
                )
                call.caller.answered(call.token, None, "duplicate")
                return
        if conditional or self.unique_key is not None or self.watched_keys():
            self.keys.add(self.key_of(call.message))
        self.rows += 1
        self.written += 1
        self.kernel.record("written", self.id, self._link(call), call.message, None, (call.caller.id,))
        call.caller.answered(call.token, None, "written")

    def watched_keys(self) -> bool:
        """Whether somebody looks before writing, so that keys must be remembered."""
        return any(getattr(node, "looks_first", False) for node in self.kernel.nodes.values())

    def has(self, message: Any) -> bool:
        """Whether a row for this message's business fact is there now."""
        return self.key_of(message) in self.keys

    def _link(self, call: Call) -> str:
        return f"{call.caller.id}/{self.id}"

    def metrics(self) -> dict[str, float]:
        return {"rows": self.rows, "written": self.written, "refused": self.refused}

    def view(self) -> dict[str, Any]:
        slow = self.slow_factor > 1
        return {
            "status": "fail" if not self.up else "wait" if slow else "ok",
            "says": "Down" if not self.up else "Slow" if slow else "Up",
            "gauges": {"rows": self.rows},
            "up": self.up,
            "slow_factor": self.slow_factor,
            "rows": self.rows,
            "since_ms": self.since_ms,
        }
