"""The clock and agenda, named random streams, and the journal: all that a simulation needs before it knows of any
service."""

from courseapp.engine.kernel.backstop import CannotGoOn
from courseapp.engine.kernel.journal import Journal, Record, as_json, detail_of
from courseapp.engine.kernel.kernel import Kernel
from courseapp.engine.kernel.phases import COMMANDS, EXPIRY, RECEIVES, SENDS, TIMERS, WORK

__all__ = [
    "COMMANDS",
    "EXPIRY",
    "RECEIVES",
    "SENDS",
    "TIMERS",
    "WORK",
    "CannotGoOn",
    "Journal",
    "Kernel",
    "Record",
    "as_json",
    "detail_of",
]
