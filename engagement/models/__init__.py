from engagement.models.interaction import Interaction
from engagement.models.promise import Promise
from engagement.models.rule import Rule, RuleVersion
from engagement.models.score import Score, StageChange

__all__ = ["Interaction", "Promise", "Rule", "RuleVersion", "Score", "StageChange"]
