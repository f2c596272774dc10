"""The files of an incoming mail: which are kept, and under what name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from outreach.mail.reading.charsets import header_text
from outreach.mail.reading.mime_limits import MEGABYTE, Part
from outreach.mail.reading.opened import SIGNATURES, Opened, is_words
from outreach.mail.reading.phrases import phrases

FILES_MOST = 20
EACH_MOST, ALL_MOST = 10 * MEGABYTE, 25 * MEGABYTE
NAME_MOST, TYPE_MOST = 120, 100
# Nobody sends a librarian a program; what runs when it is opened is not kept.
RUNS = phrases(
    """
    exe | scr | com | pif | bat | cmd | msi | msp | ps1 | psm1 | vbs | vbe | js | jse | wsf | wsh | hta | jar | lnk
    | url | reg | cpl | dll | sys | inf | iso | img | vhd | vhdx | chm | scf | appx | msix | apk | dmg | pkg | sh
    | htm | html | xhtml | shtml | svg | mht | mhtml | xll | xlsm | docm | pptm | ade | adp | mde
    """
)
NOT_IN_NAMES = re.compile(r"[/\\:*?\"<>|\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
TYPE = re.compile(r"[a-z0-9][a-z0-9.+_-]{0,50}/[a-z0-9][a-z0-9.+_-]{0,60}")


@dataclass(frozen=True)
class IncomingFile:
    """A file of an incoming mail. `size` is always the whole; `content` is None where it is too large to keep, or of a
    kind we do not keep."""

    name: str
    content_type: str
    size: int
    content: bytes | None


def files_of(opened: Opened) -> tuple[IncomingFile, ...]:
    """Its files, within limits; `opened.cut` says what was left out."""
    files: list[IncomingFile] = []
    room = ALL_MOST
    for part in opened.leaves():
        if not _is_file(part):
            continue
        if len(files) >= FILES_MOST:
            opened.cut.append(f"only its first {FILES_MOST} files were kept")
            break
        file = _file(part, number=len(files) + 1, room=room)
        room -= len(file.content or b"")
        if file.content is None:
            opened.cut.append("a file was not kept, for its size or its kind")
        files.append(file)
    opened.cut = list(dict.fromkeys(opened.cut))
    return tuple(files)


def _is_file(part: Part) -> bool:
    if part.content_type in SIGNATURES:
        return False
    return not (is_words(part, "text/plain") or is_words(part, "text/html"))


def _file(part: Part, *, number: int, room: int) -> IncomingFile:
    name = _name(part, number)
    size = part.size()
    kept = size <= min(EACH_MOST, room) and name.rpartition(".")[2].lower() not in RUNS
    content = part.body(EACH_MOST) if kept else None
    kind = part.content_type[:TYPE_MOST]
    return IncomingFile(
        name=name,
        content_type=kind if TYPE.fullmatch(kind) else "application/octet-stream",
        size=len(content) if content is not None else size,
        content=content,
    )


def _name(part: Part, number: int) -> str:
    """The name it came with, without folders and without what no file's name may hold."""
    try:
        said = part.headers.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        said = ""
    plain = unicodedata.normalize("NFC", header_text(said)).replace("\\", "/").rpartition("/")[2]
    name = NOT_IN_NAMES.sub("", plain).strip(" .")
    if not name:
        return f"mail-{number}.eml" if part.content_type == "message/rfc822" else f"file-{number}"
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= NAME_MOST else f"{stem[: NAME_MOST - 20]}{dot}{ending[:19]}"
