"""Every stored field has a class in docs/privacy/data-map.toml; nothing personal slips in unnoticed."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("library", "patrons", "catalog", "engagement", "outreach", "community")
CLASSES = {"identity", "contact", "reading", "none"}


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in HOUSES]


def test_every_field_has_exactly_one_class() -> None:
    data_map = tomllib.loads((ROOT / "docs" / "privacy" / "data-map.toml").read_text())
    for model in our_models():
        classes = data_map.get(model._meta.app_label, {}).get(model.__name__, {})
        assert set(classes) <= CLASSES, model
        named = Counter(name for names in classes.values() for name in names)
        fields = {field.name for field in model._meta.concrete_fields}
        assert named == Counter(fields), f"{model._meta.label}: {dict(named - Counter(fields))} {fields - set(named)}"


def test_the_map_names_no_model_that_is_gone() -> None:
    data_map = tomllib.loads((ROOT / "docs" / "privacy" / "data-map.toml").read_text())
    known = {model._meta.label for model in our_models()}
    assert {f"{app}.{name}" for app, entries in data_map.items() for name in entries} <= known


def test_whatever_points_at_a_patron_is_called_identity() -> None:
    data_map = tomllib.loads((ROOT / "docs" / "privacy" / "data-map.toml").read_text())
    for model in our_models():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is apps.get_model("patrons", "Patron"):
                assert field.name in data_map[model._meta.app_label][model.__name__]["identity"], model
