"""What the recorded delivery reports are, judged by reading each: nobody is there for good, or not, or it is not said.

Where the report itself gives a status code, it stands behind the name.
"""

from __future__ import annotations

FLUFL_GONE = """
bounce_02 dsn_10=5.0.0 dsn_11=5.1.1 dsn_12=5.1.1 dsn_13=5.1.1 dsn_14=5.1.1 dsn_15=5.1.1 dsn_16=5.0.0 dsn_18=5.0.0
exim_01=5.1.1 groupwise_01 groupwise_02 llnl_01 microsoft_01 microsoft_02 microsoft_04 postfix_01=5.1.1 qmail_03=5.1.1
qmail_04 qmail_05 simple_04 simple_05 simple_06 simple_08 simple_11 simple_12 simple_13 simple_15=5.1.1 simple_19=5.1.1
simple_23 simple_25 simple_26 simple_27 simple_29 simple_30=5.3.0 simple_33=5.3.0 simple_34=5.1.1 simple_36 simple_37
simple_39 simple_41 simple_43 smtp32_04=5.3.0 smtp32_06=5.3.0 smtp32_07 yahoo_03 yahoo_05 yahoo_06 yahoo_07 yahoo_08
yahoo_09 yahoo_10 yahoo_11=5.1.1 yahoo_13=5.1.1 yale_01
"""
FLUFL_NOT_GONE = """
aol_01 bounce_01 bounce_03 dsn_01=5.0.0 dsn_02=4.4.7 dsn_03 dsn_04=5.0.0 dsn_05=4.4.1 dsn_06=4.4.0 dsn_07=4.4.1
dsn_08=4.0.0 dsn_09 dsn_17=4.3.0 dumbass_01 hotpop_01 netscape_01 newmailru_01 postfix_02 postfix_03 postfix_04
postfix_05 qmail_02 qmail_06 qmail_07 sendmail_01 simple_01 simple_03 simple_07 simple_09 simple_14 simple_18 simple_21
simple_22 simple_28 simple_35 simple_38 simple_40 simple_42=5.7.1 simple_44=4.4.4 simple_45 smtp32_01 smtp32_02
yahoo_01=4.4.1 yahoo_02 yahoo_04
"""
FLUFL_NOT_SAID = """
caiwireless_01 microsoft_03 qmail_01 simple_02 simple_10 simple_16 simple_17 simple_20 simple_24 simple_31 simple_32
sina_01 smtp32_03 smtp32_05 yahoo_12
"""
BOUNCE_EMAIL_GONE = """
malformed_bounce_01=5.1.1 tt_1234175799=5.4.4 tt_1234177688=5.7.1 tt_1234210655=5.1.1 tt_1234211357=5.1.1
tt_1234211932 tt_1234241665=5.0.0 tt_1234285532=5.0.0 tt_bounce_01 tt_bounce_02 tt_bounce_05=5.0.0 tt_bounce_07
tt_bounce_17=5.1.1 tt_bounce_22 tt_bounce_23=5.1.1 tt_bounce_24=5.1.1 tt_bounce_25 undeliverable_gmail=5.1.1
"""
BOUNCE_EMAIL_NOT_GONE = """
tt_1234211929=5.2.3 tt_1234211931=5.0.0 tt_1234285668=5.0.0 tt_bounce_03=5.0.0 tt_bounce_04=5.0.0 tt_bounce_06=5.7.1
tt_bounce_08 tt_bounce_09 tt_bounce_10=4.0.0 tt_bounce_12_soft tt_bounce_13=5.2.2 tt_bounce_14 tt_bounce_16=5.2.3
tt_bounce_18 tt_bounce_19 tt_bounce_20 unknown_code_bounce_01
"""
BOUNCE_EMAIL_NOT_SAID = "tt_bounce_11 tt_bounce_15 tt_bounce_21"
FLANKER_GONE = "gmail-invalid-address=5.1.0 gmail-no-dns office365=5.1.10 zed=5.1.1"
FLANKER_NOT_GONE = "broken-mime delayed=4.0.0 delayed-broken=4.2.2 mailbox-full=5.2.2 no-mx=4.4.4"
# None of these is a delivery report.
OTHERS = {
    "flufl": {"groupwise_03": "reply", "qmail_08": "auto_reply"},
    "bounce_email": {
        "no_subject": "reply",
        "tt_1234241664": "reply",
        "tt_1234210666": "auto_reply",
        "tt_1234211024": "auto_reply",
    },
    "flanker": {"aol": "complaint", "yahoo": "complaint"},
}
TABLES = {
    "flufl": ((FLUFL_GONE, True), (FLUFL_NOT_GONE, False), (FLUFL_NOT_SAID, None)),
    "bounce_email": ((BOUNCE_EMAIL_GONE, True), (BOUNCE_EMAIL_NOT_GONE, False), (BOUNCE_EMAIL_NOT_SAID, None)),
    "flanker": ((FLANKER_GONE, True), (FLANKER_NOT_GONE, False)),
}


def reports_of(corpus: str) -> dict[str, tuple[bool | None, str]]:
    """For each report of a corpus, by name: whether nobody is there, and the status code it gives."""
    found = {}
    for names, gone in TABLES[corpus]:
        for entry in names.split():
            name, _equals, status = entry.partition("=")
            found[name] = (gone, status)
    return found
