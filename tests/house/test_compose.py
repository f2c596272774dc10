"""A container engine is not everywhere: docker-compose.yml and Dockerfile are held against the code instead."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.urls import resolve

from relcrm import settings
from relcrm.kit.env import VAR

ROOT = Path(__file__).resolve().parents[2]
READERS = ("relcrm/settings.py", "relcrm/kit/env.py", "relcrm/kit/startup.py", "relcrm/serve/gunicorn.py")
OURS = ("web", "worker", "beat", "migrate")
SECRETS = ("SECRET_KEY", "NOTES_KEY", "WEBHOOK_SECRET", "DATABASE_URL", "EMAIL_URL")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def names_read() -> set[str]:
    """Every name the settings ask the environment for."""
    return {
        str(node.args[0].value)
        for path in READERS
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"text", "flag", "words", "get"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def arguments(service: str) -> list[str]:
    command = SERVICES[service]["command"]
    assert isinstance(command, list), "a list needs no shell"
    return command


@pytest.mark.parametrize("service", OURS)
def test_every_variable_set_is_one_the_settings_read(service: str) -> None:
    assert set(SERVICES[service]["environment"]) <= names_read()


def test_the_image_sets_only_variables_somebody_reads() -> None:
    theirs = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    final = DOCKERFILE.rpartition("FROM ")[2]
    assert set(re.findall(r"([A-Z_]+)=", final)) - theirs <= names_read()


@pytest.mark.parametrize("service", OURS)
def test_production_is_told_everything_it_refuses_to_start_without(service: str) -> None:
    needed = {"PUBLIC_URL", "ALLOWED_HOSTS", "REDIS_URL", "MAIL_FROM", *SECRETS}
    assert needed <= set(SERVICES[service]["environment"])


def test_secrets_come_from_the_environment_and_have_no_default() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if name in SECRETS or "PASSWORD" in name:
                assert re.search(r"\$\{[A-Z_]+:\?", value), f"{name} has a default"


def test_every_program_named_exists() -> None:
    for service in OURS:
        program, *rest = arguments(service)
        assert program == "python" or shutil.which(program, path=str(ROOT / ".venv" / "bin")), program
        for module in [rest[rest.index("-A") + 1]] if "-A" in rest else []:
            assert importlib.util.find_spec(module)
        for module in [word.removeprefix("python:") for word in rest if word.startswith("python:")]:
            assert importlib.util.find_spec(module)
    assert importlib.util.find_spec(arguments("web")[-1])
    assert arguments("migrate")[1:3] == ["manage.py", "migrate"]
    assert "migrate" in get_commands()


def test_the_image_starts_the_web_as_compose_does() -> None:
    assert ", ".join(f'"{word}"' for word in arguments("web")) in DOCKERFILE


def test_health_checks_ask_pages_that_exist() -> None:
    probe = SERVICES["web"]["healthcheck"]["test"]
    assert probe[:4] == ["CMD", "python", "-m", "relcrm.serve.probe"]
    assert importlib.util.find_spec(probe[3])
    assert resolve(probe[4]).url_name == "health_live"
    assert "relcrm.worker inspect ping" in SERVICES["worker"]["healthcheck"]["test"][1]


def test_nothing_of_ours_starts_before_the_tables_fit() -> None:
    for service in ("web", "worker", "beat"):
        waits = SERVICES[service]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert waits["postgres"]["condition"] == waits["valkey"]["condition"] == "service_healthy"
    assert SERVICES["migrate"]["restart"] == "no"


def test_the_queue_keeps_its_work_and_data_outlive_containers() -> None:
    words = " ".join(SERVICES["valkey"]["command"])
    assert "--appendonly yes" in words
    assert "--maxmemory-policy noeviction" in words
    kept = {volume.split(":")[0] for service in ("postgres", "valkey") for volume in SERVICES[service]["volumes"]}
    assert kept == set(COMPOSE["volumes"]) - {"beside"} == {"postgres", "valkey"}
    assert SERVICES["postgres"]["image"].endswith(":18")
    assert "healthcheck" in SERVICES["postgres"]
    assert "healthcheck" in SERVICES["valkey"]


def test_the_web_and_the_workers_share_what_lives_beside_the_database() -> None:
    assert SERVICES["web"]["volumes"] == SERVICES["worker"]["volumes"] == ["beside:/app/var/beside"]
    assert "chown relcrm /app/var /app/var/run /app/var/beside" in DOCKERFILE, "a new volume belongs to the user"


def test_every_path_beside_the_database_lies_on_the_shared_volume() -> None:
    assert settings.BESIDE == VAR / "beside"
    for name in ("ERASURES_FILE", "AUDIT_FOLDER", "IMPORTS_FOLDER", "EXPORTS_FOLDER"):
        assert Path(getattr(settings, name)).is_relative_to(settings.BESIDE), name


def test_nothing_made_while_the_image_is_built_is_hidden_by_the_volume() -> None:
    assert not Path(settings.STATIC_ROOT).is_relative_to(settings.BESIDE)


def test_the_worker_leaves_room_for_what_is_due() -> None:
    words = arguments("worker")
    assert int(words[words.index("--concurrency") + 1]) > 1, "mail waits while an import holds the only process"


def test_only_the_web_is_reached_from_outside_and_only_on_this_machine() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_the_image_brings_no_tools_of_development_and_is_not_root() -> None:
    final = DOCKERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER relcrm$", final, re.MULTILINE)
    assert "--frozen --no-default-groups" in DOCKERFILE
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["default-groups"]
    assert set(groups) == {"local", "dev"}
    assert {".git", ".venv", "var"} <= set((ROOT / ".dockerignore").read_text().split())


def test_what_the_image_runs_is_not_left_out_of_it() -> None:
    left_out = set((ROOT / ".dockerignore").read_text().split())
    for part in ("relcrm", "templates", "static", "manage.py", "uv.lock", "pyproject.toml"):
        assert (ROOT / part).exists()
        assert part not in left_out


def test_every_variable_the_house_reads_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert not {
        name for name in names_read() if name.isupper() and f"`{name}`" not in readme and f"`{name}," not in readme
    }


def test_every_command_of_ours_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    ours = {path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")}
    ours |= {path.stem for path in ROOT.glob("relcrm/*/management/commands/[a-z]*.py")}
    assert not {name for name in ours if f"`{name}" not in readme}
