"""What is stored of showing a lab to others: the room with its code, the seats in it, and wrong codes for a while.

A room is one lab shown by the visitor who started it. A seat is a browser: the visitor's token, hashed, as everywhere.
Somebody who reloads, loses the network or comes back after lunch has the same seat. Whatever else people will do live
hangs on these two rows.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from courseapp.labs.models import Lab


class Room(models.Model):
    """``code`` is unique among open rooms; ``used`` is when somebody was last here, to within minutes."""

    code = models.CharField(max_length=6)
    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="rooms")
    host = models.CharField(max_length=64, db_index=True, help_text="the visitor's token, hashed")
    opened = models.DateTimeField(auto_now_add=True)
    used = models.DateTimeField(auto_now_add=True)
    closed = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], condition=Q(closed=None), name="one_open_room_for_each_code"),
            models.UniqueConstraint(fields=["lab"], condition=Q(closed=None), name="one_open_room_for_each_lab"),
        ]

    def __str__(self) -> str:
        return f"{self.spaced} on {self.lab_id}"

    @property
    def spaced(self) -> str:
        """The code as people read it: ``742 916``."""
        return f"{self.code[:3]} {self.code[3:]}"


class Seat(models.Model):
    """``number`` counts from 1 in the order of joining. ``here_until_ms`` is wall time in milliseconds since 1970: the
    process that holds a connection of the seat moves it on, and sets it back when the last connection ends.
    """

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="seats")
    token = models.CharField(max_length=64, help_text="the visitor's token, hashed")
    number = models.PositiveIntegerField()
    joined = models.DateTimeField(auto_now_add=True)
    seen = models.DateTimeField(auto_now_add=True)
    here_until_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "token"], name="one_seat_for_each_browser"),
            models.UniqueConstraint(fields=["room", "number"], name="one_seat_for_each_number"),
        ]

    def __str__(self) -> str:
        return f"seat {self.number} of room {self.room_id}"


class WrongCode(models.Model):
    """A code that was not in use, entered by somebody (a keyed hash of visitor or address); kept for ten minutes."""

    who = models.CharField(max_length=64, db_index=True)
    at_ms = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"a wrong code at {self.at_ms} ms"
