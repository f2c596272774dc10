"""Patrons narrowed by what is measured of them, with profile consent."""

from __future__ import annotations

from django.db.models import Q

from engagement.services.reader_types import NONE
from patrons.models import Consent
from patrons.querysets import PatronQuerySet


def narrow_measured(patrons: PatronQuerySet, *, stage: str, kind: str) -> PatronQuerySet:
    """Those on a rung (NONE: not measured) and of a type (NONE: measured, and of no type); empty means all."""
    if stage:
        patrons = patrons.filter(score=None) if stage == NONE else patrons.filter(score__stage=stage)
    return _of_type(patrons, kind) if kind else patrons


def _of_type(patrons: PatronQuerySet, kind: str) -> PatronQuerySet:
    """By the reader's own word, or else as the rules told."""
    if kind != NONE:
        said = Q(reader_type__said=kind) | Q(reader_type__said="", reader_type__told=kind)
        return patrons.filter(said, reader_type__none_of_these=False)
    untold = Q(reader_type=None) | Q(reader_type__none_of_these=True) | Q(reader_type__said="", reader_type__told="")
    return patrons.consenting(Consent.Purpose.PROFILE).filter(untold)
