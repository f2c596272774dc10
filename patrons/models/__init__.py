from patrons.models.consent import Consent, Suppression
from patrons.models.patron import Card, FormerNumber, Patron

__all__ = ["Card", "Consent", "FormerNumber", "Patron", "Suppression"]
