"""The house has one direction, and no way round it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

from fundus import settings

ROOT = Path(settings.BASE_DIR)
# Each may import those to its right.
ORDER = ("fundus", "uploads", "jobs", "accounts")
FILES = [file for app in ORDER for file in sorted((ROOT / app).rglob("*.py"))]
CODE = [file for file in FILES if "migrations" not in file.parts]
# Django calls `ready` once the models are there, and not before.
READY = {"accounts/apps.py", "fundus/apps.py", "jobs/apps.py"}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield node.module or ""


@pytest.mark.parametrize("app", ORDER)
def test_imports_point_one_way(app: str) -> None:
    allowed = set(ORDER[ORDER.index(app) :])
    wrong = [
        f"{name_of(file)}: {module}"
        for file in FILES
        if file.relative_to(ROOT).parts[0] == app
        for module in imports(ast.parse(file.read_text()))
        if module.split(".")[0] in set(ORDER) - allowed
    ]
    assert wrong == []


def nested_imports(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = (
                part for part in ast.walk(node) if isinstance(part, ast.Import | ast.ImportFrom)
            )
            yield from (part.lineno for part in inner)


def test_nothing_is_imported_inside_functions() -> None:
    found = [
        f"{name_of(file)}:{line}"
        for file in CODE
        if name_of(file) not in READY
        for line in nested_imports(ast.parse(file.read_text()))
    ]
    assert found == []


def test_the_only_ways_up_are_paths_in_the_settings() -> None:
    assert settings.JOBS_ITEM_TASK == "uploads.tasks.process_item"
    assert settings.JOBS_CHECK_TASK == "uploads.verifying.work"
    assert callable(import_string(settings.JOBS_ITEM_TASK))
    assert callable(import_string(settings.JOBS_CHECK_TASK))
    named = re.compile(r"""["'](uploads|fundus)\.[a-z]""")
    below = [file for file in CODE if file.relative_to(ROOT).parts[0] in {"jobs", "accounts"}]
    assert [name_of(file) for file in below if named.search(file.read_text())] == []


def swallowed(tree: ast.AST) -> Iterator[int]:
    """Handlers that take every exception and pass none on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            names = ast.unparse(node.type) if node.type else "Exception"
            passes_on = any(isinstance(part, ast.Raise) for part in ast.walk(node))
            if re.search(r"\b(Base)?Exception\b", names) and not passes_on:
                yield node.lineno


def test_only_the_boundaries_of_tasks_and_rounds_swallow_everything() -> None:
    found = [name_of(file) for file in CODE for _ in swallowed(ast.parse(file.read_text()))]
    assert found == ["uploads/tasks.py", "jobs/worker/rounds.py"]


def test_the_core_knows_neither_database_nor_request() -> None:
    core = ("validation", "decoding", "thumbnails", "filenames", "refusals")
    files = [ROOT / "uploads" / f"{name}.py" for name in core]
    files += sorted((ROOT / "uploads" / "privacy").glob("*.py"))
    files += sorted((ROOT / "uploads" / "editing").glob("*.py"))
    files.append(ROOT / "jobs" / "tether.py")
    found = {module for file in files for module in imports(ast.parse(file.read_text()))}
    outside = re.compile(r"django|jobs(?!\.tether$)|accounts|uploads\.mod")
    assert not [module for module in found if outside.match(module)]


def test_files_are_short() -> None:
    assert [name_of(file) for file in CODE if len(file.read_text().splitlines()) > 400] == []


def test_functions_are_short() -> None:
    functions = [
        (node.end_lineno or 0) - node.lineno + 1
        for file in CODE
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    assert max(functions) <= 50
    assert sorted(functions)[len(functions) // 2] <= 8


def test_migrations_depend_one_way() -> None:
    for app in ORDER:
        allowed = {*ORDER[ORDER.index(app) :], "auth", "contenttypes"}
        for file in (ROOT / app / "migrations").glob("0*.py"):
            named = set(re.findall(r'\("(\w+)", "\d{4}_', file.read_text()))
            assert named <= allowed, name_of(file)
