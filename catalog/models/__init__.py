from catalog.models.copy import CatalogChange, Copy
from catalog.models.term import Term
from catalog.models.title import Title

__all__ = ["CatalogChange", "Copy", "Term", "Title"]
