"""Mail over a secure connection: it leaves, and to nobody who only says to be the mail server."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from outreach.services.transports.outcome import Result
from outreach.services.transports.smtp import SmtpServer, SmtpTransport
from tests.outreach.mails import a_mail
from tests.smtp_sink import Fault, SmtpSink


def certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture(params=["from the first byte", "from STARTTLS on"])
def sink(request: pytest.FixtureRequest, pem: Path) -> Iterator[SmtpSink]:
    server = SmtpSink()
    server.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.tls.load_cert_chain(pem)
    server.tls_first = request.param == "from the first byte"
    server.offers.append("STARTTLS")
    with server:
        yield server


def transport_to(sink: SmtpSink) -> SmtpTransport:
    return SmtpTransport(SmtpServer(sink.host, sink.port, starttls=not sink.tls_first, tls=sink.tls_first))


def test_mails_leave_over_one_secure_connection(sink: SmtpSink, pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    transport = transport_to(sink)
    for _number in range(3):
        assert transport.send(a_mail(html="<p>é</p>" * 20_000), gate=lambda: True).result is Result.SENT
    sink.fail(Fault("dot", "drop-after"))
    assert transport.send(a_mail(), gate=lambda: True).result is Result.UNKNOWN
    transport.close()
    assert (len(sink.messages), sink.connections) == (4, 1)
    assert sink.messages[0].html.strip() == "<p>é</p>" * 20_000


def test_a_certificate_nobody_vouches_for_gets_no_mail(sink: SmtpSink) -> None:
    outcome = transport_to(sink).send(a_mail(), gate=lambda: True)
    assert (outcome.result, outcome.down) == (Result.LATER, True)
    assert "No secure connection" in outcome.words
    assert sink.messages == []
