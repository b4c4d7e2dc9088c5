"""The order of things within one millisecond: first by phase, then in the order in which they were planned."""

COMMANDS, EXPIRY, TIMERS, SENDS, WORK, RECEIVES = range(6)
