"""Answers of people and of programs, complaints and other mail, with invented words."""

from __future__ import annotations

from tests.outreach.mail_samples import OUR_PATH, READER, RETURNED, Sample, mail, person, plain_report, report
from tests.outreach.mail_samples_world import AWAY_TEXT


def parted(kind: str, *parts: str, sender: str = READER, subject: str = "Re: Three books", **more: str) -> bytes:
    """A mail of several parts, each with its own headers."""
    headers = {"From": sender, "To": OUR_PATH, "Subject": subject, "MIME-Version": "1.0", **more}
    headers["Content-Type"] = f'{kind}; boundary="b"'
    return mail(headers, "".join(f"--b\n{part}\n" for part in parts) + "--b--\n")


def text(words: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\n\n{words}"


def feedback(kind: str) -> bytes:
    fields = (
        f"Content-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: Service/1.0\nVersion: 1\n"
        f"Original-Mail-From: <{OUR_PATH}>\nOriginal-Rcpt-To: <{READER}>\n"
    )
    enclosed = f"Content-Type: message/rfc822\n\n{RETURNED}"
    parts = (text("This is an email abuse report."), fields, enclosed)
    return parted("multipart/report; report-type=feedback-report", *parts, sender="fbl@service.example")


RECEIPT = parted(
    "multipart/report; report-type=disposition-notification",
    text("Your message was displayed."),
    f"Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; {READER}\nDisposition: x; displayed\n",
    subject="Read: Three books",
)
ACCEPTED = parted(
    "multipart/alternative",
    text(""),
    "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n",
    subject="Accepted: Story hour",
)
PROGRAMS = {
    "rfc 3834": person(AWAY_TEXT, Auto_Submitted="auto-replied"),
    "auto-generated": person("Ticket 12 was opened.", Auto_Submitted="auto-generated"),
    "auto-submitted with more": person(AWAY_TEXT, Auto_Submitted="auto-replied (vacation)"),
    "x-autoreply": person(AWAY_TEXT, X_Autoreply="yes"),
    "x-autorespond": person("Thanks, we got it.", X_Autorespond="1"),
    "exchange rule": person("Gone.", X_MS_Exchange_Inbox_Rules_Loop=READER),
    "suppress all": person("Gone.", X_Auto_Response_Suppress="All"),
    "suppress more": person("Gone.", X_Auto_Response_Suppress="DR, OOF, AutoReply"),
    "precedence": person("Gone.", Precedence="auto_reply"),
    "bulk and a subject": person("Gone.", subject="Vacation reply", In_Reply_To="", Precedence="bulk"),
    "empty return path": person("We will answer within two days.", Return_Path="<>"),
    "noreply": person("Your request was received.", From="no-reply@shop.example.net"),
    "vacation program": person("Gone.", X_Mailer="vacation 1.2.7"),
    "first class": person("Gone.", X_FC_MachineGenerated="true"),
    "to our return path": plain_report(AWAY_TEXT, sender=f"Iris <{READER}>", subject="Re: Three books (away)"),
    "receipt": RECEIPT,
    "invitation answered": ACCEPTED,
}
FORWARDED = (
    "Look what I got.\n\n-------- Forwarded Message --------\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.net>"
    "\n\nThis is the mail system. 550 5.1.1 user unknown"
)
ABOUT_A_BOUNCE = "My last mail came back: 550 5.1.1 user unknown. It could not be delivered. Is your address right?"
QUOTES_A_BOUNCE = (
    "It could not be delivered, what is this?\n\n> This is the mail system at mx\n> 550 5.1.1 user unknown"
)
PEOPLE = {
    "plain": person("I loved the second one.\n\nIris"),
    "speaks of holidays": person("I am on vacation next week and out of the office, so I will read it then."),
    "holiday in its subject": person("Could you suggest books about the sea?", subject="My vacation", In_Reply_To=""),
    "subject only": person("See you on Tuesday.", subject="Out of office hours visit", In_Reply_To=""),
    "answers a notice": person("That was your machine, was it not?", subject="Re: Automatic reply: Three books"),
    "auto-submitted no": person("I loved it.", Auto_Submitted="no"),
    "suppresses receipts": person("I loved it.", X_Auto_Response_Suppress="DR, RN, NRN"),
    "asks about a bounce": person(ABOUT_A_BOUNCE, subject="Undeliverable mail?", In_Reply_To=""),
    "answers a bounce": person(QUOTES_A_BOUNCE, subject="Re: Undelivered Mail Returned to Sender"),
    "hands a bounce on": person(FORWARDED, subject="Fwd: Undelivered Mail Returned to Sender"),
    "hands a bounce on, enclosed": parted(
        "multipart/mixed",
        text("Can you help with this?"),
        "Content-Type: message/rfc822\n\n"
        + report("It failed.").decode().replace("--b1", "--b2").replace('"b1"', '"b2"'),
        subject="Fwd: Undelivered Mail",
    ),
    "encloses a calendar": parted(
        "multipart/mixed",
        text("Here is when I can come."),
        "Content-Type: text/calendar; method=PUBLISH; name=times.ics\n\nBEGIN:VCALENDAR\nEND:VCALENDAR",
    ),
    "called spam, but answers us": person("I loved it.", X_Spam_Flag="YES"),
    "through a group": person("We loved it.", List_Id="<family.example.net>", Precedence="list"),
    "no headers at all": b"I loved it.\n",
    "asks for a receipt": person("I loved it.", Disposition_Notification_To=READER),
    "full of books": person("My mailbox is full and the quota of books is never enough!", subject="Re: mailbox full"),
}
HOTMAIL = parted(
    "multipart/mixed",
    f"Content-Type: message/rfc822\n\n{RETURNED}",
    sender="staff@hotmail.com",
    subject="complaint about message from 192.0.2.7",
    **{"X-HmXmrOriginalRecipient": READER},
)
PROVE = "Please confirm your message: click the link below to have your message delivered."
NEITHER = {
    "newsletter": mail({"From": "news@shop.example", "List-Unsubscribe": "<https://shop.example/u>"}, "Buy."),
    "list": mail({"From": "a@b.example", "Subject": "[list] Hi", "List-Id": "<l.b.example>"}, "Hello all."),
    "spam": mail({"From": "a@b.example", "Subject": "Win", "X-Spam-Flag": "YES"}, "Click."),
    "empty": b"",
    "only headers": b"From: a@b.example\nSubject: x\n\n",
    "prove yourself": person(PROVE),
    "arrived": report("It was delivered.", action="delivered", status="2.0.0", subject="Delivered: Three books"),
    "not spam": feedback("not-spam"),
    "dkim report": feedback("auth-failure"),
}
KINDS = [
    *(Sample(f"program, {name}", raw, "auto_reply") for name, raw in PROGRAMS.items()),
    *(Sample(f"person, {name}", raw, "reply") for name, raw in PEOPLE.items()),
    *(Sample(f"neither, {name}", raw, "other") for name, raw in NEITHER.items()),
    *(Sample(f"complaint, {kind}", feedback(kind), "complaint") for kind in ("abuse", "fraud", "virus")),
    Sample("complaint, hotmail", HOTMAIL, "complaint"),
]
