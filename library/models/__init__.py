from library.models.audit import AuditLine
from library.models.branch import Branch, Holiday
from library.models.filters import SavedFilter
from library.models.imports import ColumnMap, ImportIssue, ImportRun
from library.models.sessions import Session
from library.models.settings import LibrarySettings
from library.models.staff import User

__all__ = [
    "AuditLine",
    "Branch",
    "ColumnMap",
    "Holiday",
    "ImportIssue",
    "ImportRun",
    "LibrarySettings",
    "SavedFilter",
    "Session",
    "User",
]
