"""Encryption and signing in, against a real server with a certificate made for the test (RT-26)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from guanxi.transports import tls_probe
from guanxi.transports.base import Receipt
from guanxi.transports.dialogue import Deadlines
from guanxi.transports.smtp import Smtp
from guanxi.transports.smtp_url import Server
from tests.pure.transports.test_smtp import envelope

SHORT = Deadlines(connect=5, greeting=5, command=5, data=5, block=5, dot=5, quit=1)


@dataclass
class Books:
    """What the server saw."""

    messages: list[bytes] = field(default_factory=list)
    logins: list[tuple[bytes, bool]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.messages.append(bytes(envelope.content or b""))
        return "250 Ok"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append((data.login, session.ssl is not None))
        return AuthResult(success=data.password == b"s@cret", handled=False)


class Elsewhere(Server):
    """This machine, taken for another one."""

    @property
    def is_local(self) -> bool:
        return False


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate for 127.0.0.1 in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def server_with(certificate: Path) -> Iterator[tuple[Books, int]]:
    """A server that offers STARTTLS and takes a password, also without encryption."""
    books = Books()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(
        books, hostname="127.0.0.1", port=port, tls_context=context, authenticator=books.authenticate,
        auth_require_tls=False,
    )  # fmt: skip
    controller.start()
    try:
        yield books, port
    finally:
        controller.stop()


def trusting(certificate: Path) -> Callable[[], ssl.SSLContext]:
    return lambda: ssl.create_default_context(cafile=str(certificate))


def carry(server: Server, context: Callable[[], ssl.SSLContext] | None = None) -> Receipt:
    transport = Smtp(server, SHORT, context)
    try:
        return transport.carry([envelope()])[0]
    finally:
        transport.close()


class TestStarttls:
    @pytest.mark.parametrize("policy", ["auto", "always"])
    def test_signs_in_behind_encryption(self, certificate: Path, policy: str) -> None:
        with server_with(certificate) as (books, port):
            server = Elsewhere("127.0.0.1", port, user="ada", password="s@cret", starttls=policy)
            receipt = carry(server, trusting(certificate))

        assert receipt.outcome == "accepted"
        assert books.logins == [(b"ada", True)]
        assert len(books.messages) == 1

    def test_trusts_no_stranger(self, certificate: Path) -> None:
        with server_with(certificate) as (books, port):
            receipt = carry(Elsewhere("127.0.0.1", port, user="ada", password="s@cret"))

        assert (receipt.outcome, receipt.phase, receipt.reason) == ("deferred", "tls", "insecure")
        assert books.logins == []

    def test_goes_without_on_this_machine(self, certificate: Path) -> None:
        with server_with(certificate) as (books, port):
            receipt = carry(Server("127.0.0.1", port, user="ada", password="s@cret"))

        assert receipt.outcome == "accepted"
        assert books.logins == [(b"ada", False)]

    def test_blames_the_password_not_the_reader(self, certificate: Path) -> None:
        with server_with(certificate) as (_, port):
            server = Elsewhere("127.0.0.1", port, user="ada", password="wrong")
            receipt = carry(server, trusting(certificate))

        assert (receipt.outcome, receipt.phase, receipt.reason) == ("deferred", "auth", "authentication")


class TestLookingAtTheWay:
    @pytest.mark.parametrize(
        ("server", "is_trusting", "code"),
        [
            (Elsewhere, True, "tls_good"), (Elsewhere, False, "tls_bad"), (Server, False, "tls_local"),
            (partial(Server, starttls="always"), False, "tls_bad"),
        ],
    )  # fmt: skip
    def test_says_what_mails_would_meet(
        self, server: Callable[..., Server], is_trusting: bool, code: str, certificate: Path
    ) -> None:
        """RP-31: a server on this machine is spoken to without encryption, unless it is insisted on."""
        with server_with(certificate) as (_, port):
            context = trusting(certificate)() if is_trusting else None
            assert tls_probe.look(server("127.0.0.1", port), context=context).code == code
