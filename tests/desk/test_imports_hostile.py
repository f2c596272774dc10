"""Files that are no tables, and names that are no names: refused in a sentence, and nothing is kept (SEC-35)."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from library.models import ImportRun
from library.services.imports import Issue, add_issues
from relcrm.desk.services.importing.registry import KINDS
from tests.builders import make_staff

pytestmark = pytest.mark.django_db
REFUSED = 422
KOHA = b"borrowernumber,cardnumber,surname,firstname,email\n1,29000,Okafor,Iris,iris@example.org\n"


def packed(size: int) -> bytes:
    """An archive a hundred times smaller than what is in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * size)
    return out.getvalue()


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<patrons><patron><id>1</id><name>&c;</name></patron><patron><id>2</id></patron></patrons>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<patrons><patron><id>1</id><name>&x;</name></patron><patron><id>2</id></patron></patrons>"""
HOSTILE = {
    "archive": packed(20_000_000),
    "compressed": gzip.compress(KOHA * 1000),
    "web page": b"<!DOCTYPE html><html><script>alert(1)</script><table><tr><td>id</td></tr></table></html>",
    "picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 40,
    "program": b"\x7fELF\x02\x01\x01" + b"\0" * 4000,
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "blanks": b" \r\n\t " * 50,
    "nothing but NUL": b"\0" * 9000,
    "laughs": LAUGHS,
    "outside": OUTSIDE,
}
NAMES = [
    "../../../etc/cron.d/x.csv",
    "..\\..\\x.csv",
    "/etc/passwd",
    "a\r\nSet-Cookie: x=1.csv",
    "<script>x</script>.csv",
    "\u202evsc.exe.csv",
    "x" * 300 + ".csv",
    "\0.csv",
    "=cmd().csv",
    '"; filename="x.exe',
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.IMPORTS_FOLDER = tmp_path / "imports"
    return tmp_path / "imports"


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_staff())
    return client


def upload(desk: Client, content: bytes, *, what: str, name: str = "members.csv", kind: str = "text/csv") -> Any:
    return desk.post(reverse("import_new"), {"what": what, "file": SimpleUploadedFile(name, content, kind)})


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_table_is_refused_and_nothing_is_kept(
    desk: Client, folder: Path, tmp_path: Path, what: str, content: bytes
) -> None:
    answer = upload(desk, content, what=what)
    page = answer.content.decode()
    assert answer.status_code == REFUSED, f"{what}: {answer.status_code}"
    assert "There is a problem" in page
    assert str(tmp_path) not in page
    assert "root:" not in page
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_a_name(desk: Client, folder: Path, tmp_path: Path, name: str) -> None:
    upload(desk, KOHA, what="patrons", name=name)
    for run in ImportRun.objects.all():
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [run.stored_as]
        assert not {"/", "\\", "\0", "\r", "\n"} & set(run.file_name)
        page = desk.get(reverse("import_run", args=[run.pk])).content.decode()
        assert "<script>x" not in page
        add_issues(run=run, issues=[Issue(2, "email", "=cmd()", "No address.")])
        answer = desk.post(reverse("import_rejected", args=[run.pk]))
        file_name = answer.headers["Content-Disposition"].partition("filename=")[2]
        assert file_name.startswith('"')
        assert file_name.endswith('-left-out.csv"')
        assert set(file_name[1:-1]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        assert "'=cmd()" in answer.getvalue().decode()


@pytest.mark.parametrize("kind", ["image/png", "application/zip", "text/html", "application/x-msdownload"])
def test_what_the_browser_says_of_a_file_counts_for_nothing(desk: Client, kind: str) -> None:
    assert upload(desk, KOHA, what="patrons", kind=kind, name="members.exe").status_code == 302
    assert ImportRun.objects.get().preset == "koha"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])
def test_no_cell_of_the_rejected_rows_is_a_formula(desk: Client, start: str) -> None:
    upload(desk, KOHA, what="patrons")
    run = ImportRun.objects.get()
    add_issues(run=run, issues=[Issue(2, f"{start}f", f"{start}1+1", f"{start}reason")])
    answer = desk.post(reverse("import_rejected", args=[run.pk]))
    last = answer.getvalue().decode().split("\r\n", 1)[1]
    for cell in last.strip("\r\n").removeprefix("2,").split(","):
        assert cell.strip('"').lstrip(" ").startswith("'"), cell
