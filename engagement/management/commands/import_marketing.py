"""Likes, shares, sign-ups and the like from a file; and taking such an import back."""

from engagement.services.imports import marketing
from library.management.importing import ImportCommand


class Command(ImportCommand):
    help = (
        "Reads numbers of channels and campaigns (channel, campaign, day, measure, value, or one column for each "
        "measure). Rows that cannot be read are told with their line and reason. In aggregate only. docs/imports.md "
        "lists the columns."
    )
    importer = marketing
    words = {"created": "created", "updated": "replaced", "unchanged": "here already", "rejected": "rejected"}
