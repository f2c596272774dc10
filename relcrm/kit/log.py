"""Log lines: one JSON object each, with the secrets of mailed links taken out."""

import json
import logging
import re

LINK = re.compile(r"/(letters|checkin|my|pulse|unsubscribe|suggest/sent|desk/due|password/reset/key)/[^/\s?\"']{16,}")


def redact(words: str) -> str:
    """The text with the secret part of every mailed link replaced."""
    return LINK.sub(r"/\1/<redacted>", words)


class RedactLinks(logging.Filter):
    """Keeps tokens of mailed links out of every log."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        if getattr(record, "request", None) is not None:
            record.request = None
        return True


class JsonLine(logging.Formatter):
    """One line per event; line breaks and control codes of user input stay encoded inside it."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "from": record.name,
            "said": record.getMessage(),
        }
        # Whom a page refuses is said; the way through our code is only told of our own faults.
        if record.exc_info and record.levelno >= logging.ERROR:
            line["trace"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)
