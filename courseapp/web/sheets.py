"""Sends a style sheet and those that it imports as one file. Their sources stay apart, and work as they are where
nothing is collected."""

import posixpath
import re
from collections.abc import Callable

IMPORT = re.compile(r'^@import "([^"]+)";\n', re.MULTILINE)


def joined_sheet(entry: str, read: Callable[[str], str]) -> str:
    """The sheet ``entry`` with the text of each sheet that it imports in the place of its import.

    They lie in one folder, so that the addresses in them mean the same. ``read`` gives a sheet's text by its name.
    """
    folder = posixpath.dirname(entry)
    return IMPORT.sub(lambda found: read(posixpath.normpath(posixpath.join(folder, found[1]))), read(entry))
