"""What the product imports is installed with it, and nothing is installed that nobody uses."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("relcrm", "library", "patrons", "catalog", "engagement", "outreach")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# By a name its installer does not know, and what comes along with another package in the version that fits it.
HOMES = {"bootstrap": "bootstrap-wrapper", "requests": "django-anymail", "urllib3": "django-anymail"}


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~!; ]", one)[0].lower().replace("_", "-") for one in requirements}


def files() -> list[Path]:
    return [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]


def homes() -> dict[str, set[str]]:
    """The packages each name may be imported from."""
    known = {name: {one.lower().replace("_", "-") for one in found} for name, found in packages_distributions().items()}
    return known | {name: known.get(name, set()) | {home} for name, home in HOMES.items()}


def imported() -> dict[str, Path]:
    """Top names of everything the product imports, with one file that does."""
    found: dict[str, Path] = {}
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            found |= {name.partition(".")[0]: path for name in names}
    return {name: path for name, path in found.items() if name not in sys.stdlib_module_names | set(APPS) | {"tests"}}


def test_what_the_product_imports_is_installed_with_it() -> None:
    wanted = named(PROJECT["project"]["dependencies"]) | named(PROJECT["dependency-groups"]["local"])
    known = homes()
    assert {name: str(path) for name, path in imported().items() if not wanted & known.get(name, set())} == {}


def test_nothing_is_installed_that_nobody_uses() -> None:
    """Imported, or named: in the settings, or as a program to start."""
    known = homes()
    used = set().union(*(known.get(name, set()) for name in imported()))
    words = "\n".join(path.read_text() for path in files()) + (ROOT / "docker-compose.yml").read_text()
    for wanted in named(PROJECT["project"]["dependencies"]) - used:
        names = [name for name, found in known.items() if wanted in found]
        assert any(re.search(rf"\b{re.escape(name)}\b", words) for name in names), wanted
