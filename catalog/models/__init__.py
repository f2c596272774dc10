from catalog.models.term import Term
from catalog.models.title import Title

__all__ = ["Term", "Title"]
