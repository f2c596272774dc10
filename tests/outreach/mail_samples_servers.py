"""Delivery reports as some forty mail servers and services write them, with invented names."""

from __future__ import annotations

from tests.outreach.mail_samples import READER, RETURNED, Sample, plain_report, report

DAEMON = "Mail Delivery System <Mailer-Daemon@mx.example.net>"
# Status, whether nobody is there for good (yes, no, or ? for unknown), the server's name, and its words.
FIELDS = """
5.1.1  yes  postfix, unknown: 550 5.1.1 <x>: Recipient address rejected: User unknown in virtual mailbox table
5.4.4  yes  postfix, no host: Host or domain name not found. Name service error for name=x type=A: Host not found
4.4.3  no   postfix, later: Host or domain name not found. Name service error: Host not found, try again
4.2.0  no   postfix, greylisted: 450 4.2.0 <x>: Recipient address rejected: Greylisted, see help
4.1.1  no   postfix, unverified: 450 4.1.1 <x>: Recipient address rejected: undeliverable address
5.1.0  yes  postfix, nullmx: Domain readers.example.net does not accept mail (nullMX)
5.2.2  no   postfix, full: 552 5.2.2 <x>: user is over quota
5.1.8  no   postfix, sender: 550 5.1.8 <l@b.example>: Sender address rejected: Domain not found
5.0.0  no   postfix, sender, vague: 550 <l@b.example>: Sender address rejected: User unknown
4.7.25 no   postfix, rdns: 450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]
5.1.1  yes  dovecot, unknown: 550 5.1.1 <x> User doesn't exist: x
5.1.1  yes  gmail, unknown: 550-5.1.1 The email account that you tried to reach does not exist. NoSuchUser
5.2.1  yes  gmail, disabled: 550-5.2.1 The email account that you tried to reach is disabled.
5.2.1  yes  gmail, inactive: 550 5.2.1 The email account that you tried to reach is inactive.
5.2.1  no   gmail, hurried: 550-5.2.1 The user you are trying to contact is receiving mail at a rate that...
4.2.2  no   gmail, full: 452-4.2.2 The email account that you tried to reach is over quota.
5.2.2  no   gmail, full for long: 552-5.2.2 The email account that you tried to reach is over quota
5.7.26 no   gmail, dmarc: 550-5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy
5.7.1  no   gmail, spam: 550-5.7.1 Our system has detected that this message is likely unsolicited mail
5.1.10 yes  o365, unknown: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
5.4.1  yes  o365, edge: 550 5.4.1 Recipient address rejected: Access denied. AS(201806281)
5.7.133 no  o365, restricted: 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required
5.2.2  no   o365, full: 554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException
5.4.300 no  o365, expired: 550 5.4.300 Message expired -> 451 4.4.0 Primary target IP address responded
5.4.310 yes o365, no domain: 550 5.4.310 DNS domain x does not exist [Message=InfoDomainNonexistent]
5.4.14 no   o365, loop: 554 5.4.14 Hop count exceeded - possible mail loop ATTR34
5.7.606 no  o365, banned: 550 5.7.606 Access denied, banned sending IP [192.0.2.7]
5.5.0  yes  outlook.com, unknown: 550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)
5.7.1  no   outlook.com, blocked: 550 5.7.1 Part of their network is on our block list
5.1.1  yes  exchange 2003: 550 5.1.1 User unknown
5.2.3  no   exchange, size: 550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient
5.0.0  yes  yahoo, unknown: 554 delivery error: dd This user doesn't have a yahoo.example account (x) [0] - mta1
5.0.0  yes  yahoo, gone: 554 delivery error: dd Requested mail action aborted, mailbox not found
4.7.0  no   yahoo, deferred: 421 4.7.0 [TSS04] Messages temporarily deferred due to user complaints
5.0.0  no   yahoo, full: 552 1 Requested mail action aborted, mailbox over quota
5.1.1  yes  aol, unknown: 550 5.1.1 <x>: Recipient address rejected: x
5.1.1  yes  ses, suppressed: Amazon SES has suppressed sending to this address because of recent bounces
5.1.1  yes  icloud, unknown: 550 5.1.1 <x>: user does not exist
5.7.1  no   icloud, policy: 550 5.7.1 [CS01] Message rejected due to local policy.
5.0.0  yes  gmx, unknown: 550 Requested action not taken: mailbox unavailable
5.0.0  no   gmx, policy: 550 Requested action not taken: mailbox unavailable. Reject due to policy: IP blocked
5.0.0  no   web.de, full: 552 Requested mail action aborted: exceeded storage allocation. Quota exceeded
5.0.0  yes  t-online, unknown: 550 user unknown
5.0.0  yes  mimecast, unknown: 550 Invalid Recipient - https://community.mimecast.example/docs/DOC-1369#550
5.0.0  no   mimecast, rejected: 550 Rejected by header based manually Blocked Senders - https://c.example
5.0.0  no   proofpoint, blocked: 554 Blocked - see https://ipcheck.proofpoint.example/?ip=192.0.2.7
5.0.0  yes  barracuda, unknown: 550 permanent failure for one or more recipients (x:550 No such user)
5.0.0  no   barracuda, rbl: 554 Service unavailable; Client host [192.0.2.7] blocked using Barracuda Reputation
5.0.0  yes  messagelabs, unknown: 550 Invalid recipient x (#5.1.1)
5.1.1  yes  zimbra, unknown: 550 5.1.1 <x>: Recipient address rejected: No such account
5.2.2  no   zimbra, full: 554 5.2.2 Over quota
5.1.1  yes  domino, unknown: 550 5.1.1 User Iris (x) not listed in Domino Directory
5.0.0  yes  mail.ru, unknown: 550 Message was not accepted -- invalid mailbox. x is unavailable: user not found
5.0.0  no   mail.ru, full: 550 Message was not accepted -- invalid mailbox. x: account is over quota
5.7.1  yes  yandex, unknown: 550 5.7.1 No such user!
5.7.1  no   yandex, policy: 550 5.7.1 Policy rejection on the target address
5.7.1  no   yandex, spam: 554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.example/spam/
5.0.0  yes  qq, unknown: 550 Mailbox not found. http://service.mail.qq.example/cgi-bin/help?id=20022
5.0.0  yes  163, unknown: 550 User not found: x
5.0.0  no   163, suspended: 550 User suspended temporarily
5.2.4  no   opensmtpd: 524 5.2.4 Mailing list expansion problem
5.1.1  yes  rackspace, unknown: 550 5.1.1 <x>: Recipient address rejected: Invalid recipient
5.1.1  yes  sendmail, unknown: 550 5.1.1 <x>... User unknown
5.1.2  yes  sendmail, no host: 550 5.1.2 <x>... Host unknown (Name server: x: host not found)
4.4.7  no   sendmail, deferred: 421 connection timed out
5.7.1  no   relay denied: 550 5.7.1 <x>... Relaying denied
5.1.1  yes  a telling name: host mx.spamblock.example[192.0.2.9] said: 550 5.1.1 no such user here
5.3.4  no   sized: 552 5.3.4 Message size exceeds fixed maximum message size
5.5.4  no   syntax: 501 5.5.4 Syntax error in parameters
4.7.4  no   tls: TLS is required, but was not offered by host mx.example.net
5.1.6  yes  moved: 551 User not local; please try <iris@elsewhere.example>
5.1.1  yes  number only, nobody: it failed
5.2.2  no   number only, full: it failed
5.7.1  no   number only, policy: it failed
4.4.7  no   number only, late: it failed
5.0.0  ?    number only, vague: it failed
"""
EXIM = (
    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be"
    " delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
    f"  {READER}\n    {{}}\n\n------ This is a copy of the message, including all the headers. ------\n\n{RETURNED}"
)
QMAIL = (
    "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the"
    " following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
    f"<{READER}>:\n{{}}\n\n--- Below this line is a copy of the message.\n\n{RETURNED}"
)
IN_WORDS = """
yes  exim, unrouteable: Unrouteable address
yes  exim, unknown: SMTP error from remote mail server after RCPT TO:<x>: 550 5.1.1 No such user here
yes  exim, no mx: all relevant MX records point to non-existent hosts
no   exim, waited: retry timeout exceeded
no   exim, waited long: retry time not reached for any host after a long failure period
no   exim, sender: SMTP error after MAIL FROM: 550 Sender verify failed: no such domain
no   exim, full: mailbox is full: retry timeout exceeded
no   exim, blocked: 550 JunkMail rejected - mx [192.0.2.7] is in an RBL
yes  qmail, unknown: Sorry, no mailbox here by that name. (#5.1.1)
yes  qmail, remote: 192.0.2.9 does not like recipient. Remote host said: 550 5.1.1 unknown user
yes  qmail, no host: Sorry, I couldn't find any host named readers.example.net. (#5.1.2)
no   qmail, waited: I'm not going to try again; this message has been in the queue too long. (#4.4.1)
no   qmail, full: user is over quota (#5.2.2)
"""
# The server, whether nobody is there, who sends, the subject, and the words.
OWN_FORMS = [
    ("groupwise", True, "postmaster@mx.example.net", "Message status - undeliverable",
     f"The message that you sent was undeliverable to the following:\n\t{READER} (user not found)"),
    ("notes", True, "Postmaster@mx.example.net", "DELIVERY FAILURE: User iris not listed in Address Book",
     f"Your message\n\n  Subject: Books\n\nwas not delivered to:\n\n  {READER}\n\nbecause:\n\n"
     "  User iris not listed in public Name & Address Book"),
    ("imail", True, '"Postmaster" <postmaster@mx.example.net>', "Undeliverable Mail",
     f"Unknown user: {READER}\n\nRCPT TO generated following response:\n550 unknown user"),
    ("hmailserver", True, "mailer-daemon@mx.example.net", "Message undeliverable: Books",
     "Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be"
     f" reached:\n\n{READER}\n   Error Type: SMTP\n   Remote server replied: 550 Unknown user"),
    ("mdaemon", True, "MDAEMON@mx.example.net", "Permanent Delivery Failure",
     f"The attached message had PERMANENT fatal delivery errors.\n\nFailed address: {READER}\n\n550 Recipient unknown"),
    ("google groups", None, "Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
     "Delivery Status Notification (Failure)",
     f"We're writing to let you know that the group you tried to contact may be closed.\n\n{READER}\n\n"
     "It could not be delivered."),
    ("delay", False, DAEMON, "Warning: message 1x delayed 24 hours",
     f"Your message to {READER} has not yet been delivered. Delivery attempts will continue for 3 days."),
]  # fmt: skip
SAID = {"yes": True, "no": False, "?": None}


def _by_fields(line: str) -> Sample:
    status, gone, rest = line.split(maxsplit=2)
    name, _colon, words = rest.partition(": ")
    numbers_only = name.startswith("number only")
    raw = report(f"<{READER}>: {words}", status=status, diagnostic="" if numbers_only else f"smtp; {words}")
    return Sample(name, raw, "bounce", SAID[gone], status)


def _in_words(line: str) -> Sample:
    gone, rest = line.split(maxsplit=1)
    name, _colon, words = rest.partition(": ")
    form, subject = (QMAIL, "failure notice") if name.startswith("qmail") else (EXIM, "Mail delivery failed")
    return Sample(name, plain_report(form.format(words), sender=DAEMON, subject=subject), "bounce", SAID[gone])


def _own_form(name: str, gone: bool | None, sender: str, subject: str, words: str) -> Sample:
    raw = plain_report(f"{words}\n\n----- Original message -----\n\n{RETURNED}", sender=sender, subject=subject)
    return Sample(name, raw, "bounce", gone)


DELAYED = report(
    "THIS IS A WARNING ONLY. Your message has been delayed.",
    status="4.4.1",
    action="delayed",
    diagnostic="smtp; 450 4.1.1 user unknown",
)
SERVERS = [
    *(_by_fields(line) for line in FIELDS.strip().splitlines()),
    *(_in_words(line) for line in IN_WORDS.strip().splitlines()),
    *(_own_form(*form) for form in OWN_FORMS),
    Sample("delay, by fields", DELAYED, "bounce", False, "4.4.1"),
    Sample("no number", report("x", status="", diagnostic="smtp; unknown user"), "bounce", True, "5.1.1"),
]
