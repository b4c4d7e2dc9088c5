"""The architecture document: what exists, how it is set, and whether it can be run. See docs/formats.md 1."""

from courseapp.engine.architecture.document import Architecture, Link, Node
from courseapp.engine.architecture.parse import parse
from courseapp.engine.architecture.problems import InvalidArchitecture, Problem
from courseapp.engine.architecture.validate import new_problems, validate

__all__ = ["Architecture", "InvalidArchitecture", "Link", "Node", "Problem", "new_problems", "parse", "validate"]
