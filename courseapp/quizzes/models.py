"""What is kept of a quiz: attempts, and each answer at the moment it is locked in. Points follow from the answers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Attempt(models.Model):
    """One go at a scenario. ``visitor`` is the hash that ``courseapp.web.visitor`` gives.

    ``rubric`` is the version of the scenario's rubric under which it is graded. ``result`` is what the grading gave
    when the attempt came to its end (``grading.Result.text``): it stays, also when the rubric has changed since.
    """

    visitor = models.CharField(max_length=64)
    scenario = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    seed = models.BigIntegerField(help_text="of the order in which the options are shown")
    rubric = models.PositiveIntegerField()
    result = models.TextField(blank=True, default="")
    started = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, default=None)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visitor", "scenario", "number"], name="one_attempt_for_each_number"),
            models.UniqueConstraint(
                fields=["visitor", "scenario", "rubric"],
                condition=models.Q(finished=None),
                name="one_unfinished_attempt_at_a_time",
            ),
        ]
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"{self.scenario}, attempt {self.number}"


class Answer(models.Model):
    """An option locked in. ``part`` and ``number`` (of the try) count from 1."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    part = models.PositiveSmallIntegerField()
    option = models.CharField(max_length=40)
    number = models.PositiveSmallIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attempt", "part", "number"], name="one_answer_for_each_try"),
            models.UniqueConstraint(fields=["attempt", "part", "option"], name="one_try_for_each_option"),
        ]
        ordering: ClassVar = ["part", "number"]

    def __str__(self) -> str:
        return f"part {self.part}, try {self.number}: {self.option}"
