"""Scores: explained, recounted, re-tested, forgotten. The rooms behind are `explaining` and `recounting`."""

from engagement.services.explaining import Explanation, Reason, explain_score
from engagement.services.recounting import (
    forget_profile,
    forget_profiles,
    forget_withdrawn,
    rebuild_scores,
    recount_patron,
    retest_stages,
)

__all__ = [
    "Explanation",
    "Reason",
    "explain_score",
    "forget_profile",
    "forget_profiles",
    "forget_withdrawn",
    "rebuild_scores",
    "recount_patron",
    "retest_stages",
]
