"""Rooms have a size (DESIGN section 4): past it, a room is split or a mechanism is missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("relcrm", "library", "patrons", "catalog", "engagement", "outreach", "community")
FILE_LINES, FUNCTION_LINES, TEMPLATE_LINES = 300, 50, 120
ROOMY_FILE, ROOMY_FUNCTION = 200, 30
ROOMY_SHARE = 0.10
PURPOSELESS = {"utils.py", "util.py", "helpers.py", "helper.py", "misc.py", "common.py"}


def modules() -> Iterator[Path]:
    for house in HOUSES:
        yield from (path for path in (ROOT / house).rglob("*.py") if "migrations" not in path.parts)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_file_is_larger_than_a_room_may_be() -> None:
    assert not [f"{path.relative_to(ROOT)} ({lines(path)})" for path in modules() if lines(path) > FILE_LINES]


def test_no_function_is_longer_than_a_page() -> None:
    assert not [f"{name} ({size})" for path in modules() for name, size in functions(path) if size > FUNCTION_LINES]


def test_large_rooms_stay_the_exception() -> None:
    files = [lines(path) for path in modules()]
    sizes = [size for path in modules() for _, size in functions(path)]
    assert sum(size > ROOMY_FILE for size in files) <= ROOMY_SHARE * len(files)
    assert sum(size > ROOMY_FUNCTION for size in sizes) <= ROOMY_SHARE * len(sizes)


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: str(path.name))
def test_templates_fit_on_a_screen_or_two(path: Path) -> None:
    assert lines(path) <= TEMPLATE_LINES


def test_every_room_has_a_name_that_says_what_it_holds() -> None:
    assert not [path for path in modules() if path.name in PURPOSELESS]


def test_no_signals_and_no_save_overrides() -> None:
    """Integrity lives in the database and use cases in services; bulk writes pass both hooks by."""
    for path in modules():
        tree = ast.parse(path.read_text())
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        receivers = {
            node.module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "django.dispatch"
        }
        assert not receivers, path
        assert "save" not in names or "models" not in path.parts, path


def test_services_never_read_a_clock() -> None:
    """`now` is an argument (so that `tick --now` and the tests are true)."""
    clocks = {"now", "today", "utcnow", "localdate", "localtime", "monotonic", "time"}
    for path in modules():
        if "services" not in path.parts and path.name not in {"querysets.py"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks:
                if node.func.attr in {"localtime", "localdate"} and node.args:
                    continue  # only another zone for a time that was given
                owner = node.func.value
                name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
                assert name not in {"timezone", "datetime", "date", "time"}, f"{path}:{node.lineno} reads the clock"
