from library.models.branch import Branch, Holiday
from library.models.imports import ImportIssue, ImportRun
from library.models.settings import LibrarySettings
from library.models.staff import User

__all__ = ["Branch", "Holiday", "ImportIssue", "ImportRun", "LibrarySettings", "User"]
