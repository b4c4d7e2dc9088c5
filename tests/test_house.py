"""The house keeps its own rules."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-test.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def name_of(requirement: str) -> str:
    return re.split(r"[\[~=<> ]", requirement, maxsplit=1)[0].lower()


def locked(lock: str) -> set[str]:
    return {name_of(line) for line in (ROOT / lock).read_text().splitlines() if re.match(r"[a-zA-Z0-9]", line)}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address_and_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"index|find-links|trusted-host|@ file", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    for entry in re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / lock).read_text().strip()):
        assert re.search(r"==.*--hash=sha256:[0-9a-f]{64}", entry, re.DOTALL), entry.splitlines()[0]


def test_the_locks_hold_what_the_project_asks_for() -> None:
    asked = {name_of(requirement) for requirement in PROJECT["project"]["dependencies"]}
    for_tests = {name_of(requirement) for requirement in PROJECT["project"]["optional-dependencies"]["test"]}
    assert asked <= locked("requirements.lock")
    assert asked | for_tests <= locked("requirements-test.lock")


def test_the_readme_gives_a_reason_for_every_dependency() -> None:
    readme = (ROOT / "README.md").read_text().lower()
    extras = PROJECT["project"]["optional-dependencies"]["test"]
    for requirement in PROJECT["project"]["dependencies"] + extras:
        assert f"| `{name_of(requirement)}` |" in readme, requirement


def test_the_readme_lists_every_variable_that_is_read() -> None:
    readme = (ROOT / "README.md").read_text()
    readers = ("text", "boolean", "integer", "listing")
    for call in ast.walk(ast.parse((ROOT / "courseapp" / "settings.py").read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in readers:
            assert isinstance(call.args[0], ast.Constant)
            assert f"| `{call.args[0].value}` |" in readme


def test_nobody_imports_upwards() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.django_db
def test_the_models_have_their_migrations() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_no_inline_style_and_no_inline_handler(template: Path) -> None:
    assert re.findall(r"<[^>]*\s(?:style|on[a-z]+)\s*=", template.read_text()) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_templates_own_script_carries_the_nonce(template: Path) -> None:
    for tag in re.findall(r"<script[^>]*>", template.read_text()):
        assert "csp_nonce" in tag or "src=" in tag or "application/json" in tag, tag


def test_an_import_in_a_module_ends_with_a_semicolon() -> None:
    """Otherwise Django cannot rewrite it, and the browser would load the module a second time under its plain name."""
    for path in sorted((ROOT / "static").rglob("*.js")):
        for statement in re.findall(r'^(?:import|export)\b[^;]*?from\s*["\'][^"\']+["\'].?', path.read_text(), re.M):
            assert statement.endswith(";"), f"{path.name}: {statement}"
