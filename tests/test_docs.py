"""What README and docs list is what there is: dependencies, commands, settings, parameters, actions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

from courseapp.engine.architecture.kinds import KINDS
from courseapp.engine.architecture.links import LINKS
from courseapp.engine.commands import ACTIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FORMATS = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[~=<>!;]", each)[0].strip() for each in requirements}


def test_the_readme_gives_a_reason_for_each_dependency_and_names_no_other() -> None:
    listed = set(re.findall(r"^\| `([a-z0-9-]+)` \| ", README.partition("## Dependencies")[2], re.MULTILINE))
    assert listed == names([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]])


def test_the_readme_names_each_command_of_ours() -> None:
    ours = {name for name, app in get_commands().items() if app.startswith("courseapp")}
    assert {name for name in ours if not re.search(rf"manage\.py {name}\b", README)} == set()


def test_the_readme_names_each_setting_that_is_read_from_the_environment() -> None:
    read = re.findall(r'\b(?:text|boolean|integer|listing)\("([A-Z_]+)"', (ROOT / "courseapp/settings.py").read_text())
    assert [name for name in read if f"| `{name}` |" not in README] == []


def test_every_picture_and_document_that_the_readme_names_is_there() -> None:
    named = re.findall(r"docs/[\w./-]+\.(?:png|md)", README)
    assert named and [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_formats_name_each_parameter_of_our_own(kind: str) -> None:
    ours = [name for name in KINDS[kind] if name[0].islower()]
    assert [name for name in ours if not re.search(rf"\b{name}\b", FORMATS)] == []


def test_the_formats_name_each_parameter_of_a_link() -> None:
    ours = {name for link in LINKS.values() for name in link if name[0].islower()}
    assert {name for name in ours if not re.search(rf"\b{name}\b", FORMATS)} == set()


@pytest.mark.parametrize("action", ACTIONS)
def test_the_formats_name_each_action(action: str) -> None:
    assert f"`{action}`" in FORMATS
