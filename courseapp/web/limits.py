"""Limits of the process."""

import resource


def raise_open_files() -> int:
    """Allow as many open files as the system lets us, for each socket is one; the usual 1024 would be the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
