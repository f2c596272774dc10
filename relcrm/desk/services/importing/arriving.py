"""A file on its way in: written straight to the folder of imports, never held in memory."""

from __future__ import annotations

import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from relcrm.desk.services.importing.uploads import imports_folder

MEGABYTE = 1_000_000


def most_bytes() -> int:
    """The largest file taken."""
    return int(settings.IMPORT_UPLOAD_MB) * MEGABYTE


class ArrivingFile(TemporaryUploadedFile):
    """Lies where the daily sweep finds it, should the process die before the form is read."""

    def __init__(self, name: str, content_type: str, size: int, charset: str, extra: Any = None) -> None:
        file = tempfile.NamedTemporaryFile(prefix="arriving-", dir=imports_folder())  # noqa: SIM115  (closed with the request)
        UploadedFile.__init__(self, file, name, content_type, size, charset, extra)


class BoundedUpload(TemporaryFileUploadHandler):
    """Keeps no more than `most_bytes`. The rest is read and dropped, so that the answer still reaches the browser."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        self.file = ArrivingFile(
            self.file_name or "", self.content_type or "", 0, self.charset or "", self.content_type_extra
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= most_bytes():
            self.file.write(raw_data)
