from outreach.models.checkin import Answer, CheckIn
from outreach.models.contact import ContactReason
from outreach.models.letter import Letter, Pick
from outreach.models.message import Message
from outreach.models.request import Request, RequestTitle, Thread
from outreach.models.taste import Taste

__all__ = [
    "Answer",
    "CheckIn",
    "ContactReason",
    "Letter",
    "Message",
    "Pick",
    "Request",
    "RequestTitle",
    "Taste",
    "Thread",
]
