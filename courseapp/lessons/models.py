"""What is kept of a learner: the predictions locked in, and the labs done. Looking at pages keeps nothing."""

from typing import ClassVar

from django.db import models


class LabVisit(models.Model):
    """A lab in which this visitor has done something. `visitor` is the hash that `courseapp.web.visitor` gives."""

    visitor = models.CharField(max_length=64)
    lab = models.CharField(max_length=80)
    done = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    touched = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["visitor", "lab"], name="one_visit_per_lab")]

    def __str__(self) -> str:
        return f"{self.lab}, {'done' if self.done else 'begun'}"


class PredictionAnswer(models.Model):
    """An answer that was locked in. The first one stands: once the outcome is shown, it can't be guessed any more.

    `given` is the option's place (from 0) for a choice, the number as typed for a number, and empty where the learner
    asked to see the outcome without predicting. `right` is null then. `belief` is the id of the wrong belief that the
    answer speaks of, or empty.
    """

    visitor = models.CharField(max_length=64)
    lab = models.CharField(max_length=80)
    prediction = models.CharField(max_length=80)
    given = models.CharField(max_length=40)
    right = models.BooleanField(null=True)
    belief = models.CharField(max_length=80, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visitor", "lab", "prediction"], name="one_answer_per_prediction")
        ]

    def __str__(self) -> str:
        return f"{self.lab}/{self.prediction}: {self.given or 'skipped'}"
