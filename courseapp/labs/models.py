"""What is stored of a lab: its document, its seed, what was done to it, how far its clock has got, and who runs it.

Everything else is derived by running. The log is append-only: starting over does not erase what was done, it begins
a new run further down (``run_from``), whose first ``opening`` commands are those of the lab's opening again.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from courseapp.engine.commands import Command
from courseapp.web.ids import LETTERS, new_id


class Lab(models.Model):
    """Times are virtual milliseconds; ``lease_until`` is wall time, in milliseconds since 1970."""

    id = models.CharField(primary_key=True, max_length=LETTERS, default=new_id, editable=False)
    content = models.CharField(max_length=80, blank=True, help_text="slug of the course's lab")
    architecture = models.JSONField()
    seed = models.BigIntegerField()
    owner = models.CharField(max_length=64, db_index=True, help_text="the visitor's token, hashed")

    opens_at_ms = models.BigIntegerField(default=0)
    rests_at_ms = models.BigIntegerField(default=0, help_text="where the clock stands when a run begins")
    opening = models.PositiveIntegerField(default=0, help_text="how many commands each run begins with")
    run_from = models.PositiveIntegerField(default=0, help_text="sequence before the first command of the present run")

    mark_ms = models.BigIntegerField(default=0)
    speed = models.FloatField(default=1.0)
    skip_idle = models.BooleanField(default=False)
    running = models.BooleanField(default=False)

    epoch = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True, default="")
    lease_until = models.BigIntegerField(default=0)

    created = models.DateTimeField(auto_now_add=True)
    touched = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.content or 'lab'} {self.id}"


class LoggedCommand(models.Model):
    """One command that was accepted. ``target`` is an id, ``from/to``, or ``{"holder_of": queue}``."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="commands")
    sequence = models.PositiveIntegerField()
    at_ms = models.BigIntegerField()
    action = models.CharField(max_length=40)
    target = models.JSONField()
    parameters = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lab", "sequence"], name="one_command_for_each_sequence")
        ]
        ordering: ClassVar = ["sequence"]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action} at {self.at_ms} ms"

    @classmethod
    def of(cls, lab_id: str, sequence: int, command: Command) -> LoggedCommand:
        return cls(lab_id=lab_id, sequence=sequence, **command.as_json())

    def command(self) -> Command:
        target: Any = self.target
        return Command(self.at_ms, self.action, target, self.parameters)


class Snapshot(models.Model):
    """A cache: the state of a lab's present run at ``at_ms``, readable by the engine of that fingerprint only."""

    lab = models.OneToOneField(Lab, on_delete=models.CASCADE, primary_key=True, related_name="snapshot")
    engine = models.CharField(max_length=64)
    run_from = models.PositiveIntegerField()
    at_ms = models.BigIntegerField()
    state = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.lab_id} at {self.at_ms} ms"
