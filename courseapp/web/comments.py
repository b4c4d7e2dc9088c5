"""Comments are for whoever reads the source: they need not travel to every browser."""

import re

LINES = {
    ".js": re.compile(r"^[ \t]*(?://.*|/\*(?:(?!\*/)[\s\S])*\*/[ \t]*)\n", re.MULTILINE),
    ".css": re.compile(r"^[ \t]*/\*(?:(?!\*/)[\s\S])*\*/[ \t]*\n", re.MULTILINE),
}


def without_comments(text: str, suffix: str) -> str:
    """The text without the lines that are nothing but comments. A comment beside code stays: to tell it from a string
    takes more than a look at its line. So no line of a template literal may begin like a comment.
    """
    return LINES[suffix].sub("", text)
