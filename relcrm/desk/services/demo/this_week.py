"""What a desk also meets: a request a machine wrote, and one its reader took back."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from outreach.services.requests import submit_request
from outreach.services.wishes import NamedBook, Wishes
from outreach.services.withdrawals import withdraw_request
from relcrm.desk.services.demo.story import Story


def plan_exceptions(story: Story) -> None:
    """One request held for review since yesterday, one withdrawn last week."""
    story.plan(story.now - timedelta(hours=20), hold_one)
    story.plan(story.now - timedelta(days=9), partial(take_one_back, story))


def hold_one(at: datetime) -> None:
    """A form that a machine filled in."""
    submit_request(
        wishes=Wishes(
            nonce="demo-held",
            email="best.offers@example.com",
            name="Best Offers",
            likes=(NamedBook("Cheap watches", "Visit my page for more"),),
            about="Great site, visit mine for cheap watches",
            held_because="Sent less than 3 seconds after the form was opened.",
        ),
        now=at,
    )


def take_one_back(story: Story, at: datetime) -> None:
    """Someone found a book in the meantime."""
    request = submit_request(
        wishes=Wishes(
            nonce="demo-withdrawn",
            email="edith.marsh@example.org",
            name="Edith Marsh",
            branch=story.branches[0],
            likes=(NamedBook("Cold Comfort Farm", "It made me laugh when I needed it."),),
            about="Something as funny, for my sister in hospital.",
        ),
        now=at,
    )
    withdraw_request(request=request, now=at + timedelta(days=1))
