from engagement.models.interaction import Interaction
from engagement.models.loan import Loan, LoanChange
from engagement.models.need import Need, NeedAsk, Service
from engagement.models.note import Note, NoteView
from engagement.models.promise import Promise
from engagement.models.rule import Rule, RuleVersion
from engagement.models.score import Score, StageChange

__all__ = [
    "Interaction",
    "Loan",
    "LoanChange",
    "Need",
    "NeedAsk",
    "Note",
    "NoteView",
    "Promise",
    "Rule",
    "RuleVersion",
    "Score",
    "Service",
    "StageChange",
]
