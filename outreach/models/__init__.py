from outreach.models.checkin import Answer, CheckIn
from outreach.models.contact import ContactReason
from outreach.models.incoming import ProviderEvent, Reply, ReplyFile
from outreach.models.letter import Letter, Pick
from outreach.models.message import Message
from outreach.models.postbox import Postbox, ServerLife
from outreach.models.request import Request, RequestTitle
from outreach.models.taste import Taste
from outreach.models.template import MailTemplate
from outreach.models.thread import Thread
from outreach.models.turn import ThreadTurn

__all__ = [
    "Answer",
    "CheckIn",
    "ContactReason",
    "Letter",
    "MailTemplate",
    "Message",
    "Pick",
    "Postbox",
    "ProviderEvent",
    "Reply",
    "ReplyFile",
    "Request",
    "RequestTitle",
    "ServerLife",
    "Taste",
    "Thread",
    "ThreadTurn",
]
