"""What goes out of a lab: the whole picture for whoever comes, and for everyone a batch of what is new."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from courseapp.engine.architecture import Architecture
from courseapp.labs import inspector
from courseapp.labs.picture import FEW_RECORDS, Drained, Shown, alarm_frame, records_and_counts, without_words
from courseapp.labs.timeline import Mark

if TYPE_CHECKING:
    from courseapp.labs.play import Play

TOLD_EVERY_S = 2.0
"""While the clock runs, viewers hear of it at least this often."""
DRAWN_EVERY_S = 0.3
"""How often nodes are drawn anew where much happens; their figures come with every batch."""
COUNTED_EVERY_S = 1.0
"""How often viewers hear how many they are, while people come and go."""

Answer = dict[str, Any]


class Telling:
    """Gathers what is new since the last batch. ``viewers`` says how many look at the lab now."""

    def __init__(self, architecture: Architecture, viewers: Callable[[], int]) -> None:
        self.batch = 0
        self.viewers = viewers
        self.narrow = False  # somebody looks at it on a phone
        self._told_viewers = 1  # whoever comes first has a picture that says so
        self._counted_s = time.monotonic()
        self.begin(architecture)

    def begin(self, architecture: Architecture) -> None:
        """A run begins: nothing is known of it yet, and nothing told."""
        self.shown = Shown(architecture, self.narrow)
        self.changed = self.jumped = False
        self._told_s = self._drawn_s = 0.0
        self._told_command = 0
        self.forget()

    def forget(self) -> None:
        self.records: list[Drained] = []
        self.marks: list[Mark] = []
        self.points: dict[int, list[tuple[int, float]]] = {}
        self.alarms: list[Mark] = []

    def also_narrow(self) -> None:
        self.narrow = True
        self.shown.also_narrow()

    def happened(self, marks: list[Mark], points: dict[int, list[tuple[int, float]]]) -> None:
        self.marks += marks
        for place, new in points.items():
            self.points.setdefault(place, []).extend(new)

    def crossed(self, marks: list[Mark]) -> None:
        """Alarm lines that were crossed: a mark each, and told with the records."""
        self.marks += marks
        self.alarms += marks

    @property
    def viewers_changed(self) -> bool:
        """Whether those who look do not know how many they are."""
        return self.viewers() not in (0, self._told_viewers)

    def picture(self, play: Play) -> Answer:
        """Everything, as it is shown now. The next batch has the number after this one's."""
        run, now_ms = play.run_shown, play.clock.now_ms
        newest = play.history.newest(now_ms)[-inspector.NEWEST :]
        return {
            "type": "picture",
            "batch": self.batch,
            "epoch": play.epoch,
            "clock": play.clock.as_json(),
            **self.shown.whole(run.simulation.view(), now_ms),
            "marks": play.timeline.marks,
            "lanes": play.timeline.lanes_as_json(),
            "begin_ms": play.begin_ms,
            "table": inspector.table_html(play.lab_id, run.simulation, newest),
            "viewers": self.viewers(),
            "toggled": play.toggled(),
        }

    def news(self, play: Play) -> Answer | None:
        """What has changed, if anything has; a picture where the document itself was changed."""
        now_s = time.monotonic()
        count = self.viewers_changed and now_s - self._counted_s >= COUNTED_EVERY_S
        if not (self.records or self.marks or self.points or self.changed or count or self._is_due(play, now_s)):
            return None
        self._told_s = now_s
        self.batch += 1
        acted = self._told_command != play.log.last_sequence
        self._told_command = play.log.last_sequence
        architecture = play.run_shown.simulation.architecture
        if self.shown.is_of(architecture):
            frame = self._batch(play, now_s)
            if acted:
                frame["toggled"] = play.toggled()
        else:
            self.shown = Shown(architecture, self.narrow)
            frame = self.picture(play)
        if count:
            self._told_viewers, self._counted_s = self.viewers(), now_s
            frame["viewers"] = self._told_viewers
        self.forget()
        self.changed = self.jumped = False
        return frame

    def _is_due(self, play: Play, now_s: float) -> bool:
        if play.clock.running and (play.clock.hurries or now_s - self._told_s >= TOLD_EVERY_S):
            return True
        return self.shown.due and now_s - self._drawn_s >= DRAWN_EVERY_S

    def _batch(self, play: Play, now_s: float) -> Answer:
        few = sum(len(records) for _, records in self.records) <= FEW_RECORDS
        draw = few or self.jumped or not play.clock.running or now_s - self._drawn_s >= DRAWN_EVERY_S
        self._drawn_s = now_s if draw else self._drawn_s
        records, counts = records_and_counts(self.records, self.shown.titles, self.shown.routes, self.marks)
        if self.alarms:
            records = sorted(records + list(map(alarm_frame, self.alarms)), key=lambda record: record["sequence"])
        changes = self.shown.changes(play.run_shown.simulation.view(), play.clock.now_ms, draw)
        return {
            "type": "batch",
            "batch": self.batch,
            "epoch": play.epoch,
            "clock": play.clock.as_json(),
            "jump": self.jumped,
            "records": records,
            "counts": counts,
            **self.shown.patched(changes),
            "marks": without_words(self.marks, records),
            "lanes": self.points,
        }
