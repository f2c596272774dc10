from engagement.models.drift import Drift, DriftModel
from engagement.models.experiment import Draw, Experiment
from engagement.models.interaction import Interaction
from engagement.models.loan import Loan, LoanChange
from engagement.models.marketing import MarketingNumber
from engagement.models.need import Need, NeedAsk, Service
from engagement.models.note import Note, NoteView
from engagement.models.promise import Promise
from engagement.models.pulse import Pulse
from engagement.models.reader_type import ReaderType
from engagement.models.rule import Rule, RuleDraft, RuleVersion
from engagement.models.score import Score, StageChange, StageOverride
from engagement.models.snapshot import ChangedMonth, Snapshot, SnapshotCell

__all__ = [
    "ChangedMonth",
    "Draw",
    "Drift",
    "DriftModel",
    "Experiment",
    "Interaction",
    "Loan",
    "LoanChange",
    "MarketingNumber",
    "Need",
    "NeedAsk",
    "Note",
    "NoteView",
    "Promise",
    "Pulse",
    "ReaderType",
    "Rule",
    "RuleDraft",
    "RuleVersion",
    "Score",
    "Service",
    "Snapshot",
    "SnapshotCell",
    "StageChange",
    "StageOverride",
]
