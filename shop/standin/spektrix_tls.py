"""The test authority of the imitated Spektrix: it signs client certificates for the old feed, and checks them.

Source: Spektrix, "API v.2", "Client Certificate": a certificate of one year, signed from the customer's CSR, whose
common name is the client name. Everything lies in ``spektrix-tls`` beside the state file; keys have mode 600.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shop.standin.store import Store

SCHEMA = "CREATE TABLE IF NOT EXISTS spk_revoked (serial TEXT PRIMARY KEY);"
YEAR = 365
NAMES = ("localhost", "*.foyer.localhost", "api.system.spektrix.com", "system.spektrix.com")


@dataclass(frozen=True)
class Trouble:
    """Why a certificate is not accepted: the sub-status and words of the web server in front of the feed."""

    status: str
    text: str


class Authority:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.folder = Path(store.path).resolve().parent / "spektrix-tls"

    def path(self, name: str) -> Path:
        return self.folder / name

    def prepare(self, clients: tuple[str, ...]) -> None:
        """Makes what is missing or past its day: authority, server's certificate, one with its key for each client."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.path("authority.crt").exists():
            key = self._key("authority.key")
            name = _name("Stand-in Spektrix authority")
            basics = x509.BasicConstraints(ca=True, path_length=0)
            builder = _builder(name, name, key.public_key(), 10 * YEAR).add_extension(basics, critical=True)
            usage = _usage(sign=True)
            self._write(
                "authority.crt", _pem(builder.add_extension(usage, critical=True).sign(key, hashes.SHA256()))
            )
        if not self._lasts("server.crt"):
            key = self._key("server.key")
            builder = self._below(_name("localhost"), key.public_key(), YEAR, ExtendedKeyUsageOID.SERVER_AUTH)
            names = [*map(x509.DNSName, NAMES), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
            self._write("server.crt", self._sign(builder))
        for client in clients:
            if not self._lasts(f"{client}.crt"):
                key = self._key(f"{client}.key")
                builder = self._below(_name(client), key.public_key(), YEAR, ExtendedKeyUsageOID.CLIENT_AUTH)
                self._write(f"{client}.crt", self._sign(builder))

    def issue(self, request: str, days: int = YEAR) -> str:
        """A certificate from a CSR in PEM; its subject is taken over. Raises ``ValueError`` in words."""
        try:
            given = x509.load_pem_x509_csr(request.encode())
        except ValueError:
            raise ValueError("This is no certificate signing request in PEM.") from None
        if not given.is_signature_valid:
            raise ValueError("The request is not signed with its own key.")
        builder = self._below(given.subject, given.public_key(), days, ExtendedKeyUsageOID.CLIENT_AUTH)  # type: ignore[arg-type]
        return self._sign(builder).decode()

    def revoke(self, certificate: str) -> None:
        """Raises ``ValueError`` for what is no certificate."""
        serial = str(x509.load_pem_x509_certificate(certificate.encode()).serial_number)
        with self._store.write() as connection:
            connection.execute("INSERT OR IGNORE INTO spk_revoked VALUES (?)", (serial,))

    def trouble(self, certificate: str | None, client: str, now: datetime) -> Trouble | None:
        """What is wrong with a caller's certificate (PEM) for that client; None when nothing is."""
        if not certificate:
            return Trouble("403.7", "SSL client certificate is required.")
        try:
            found = x509.load_pem_x509_certificate(certificate.encode())
        except ValueError:
            return Trouble("403.16", "The client certificate is ill-formed or not trusted.")
        try:
            found.verify_directly_issued_by(self._authority())
        except (InvalidSignature, TypeError, ValueError, OSError):
            return Trouble("403.16", "The client certificate is ill-formed or not trusted.")
        if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
            return Trouble("403.17", "The client certificate has expired or is not yet valid.")
        with self._store.connect() as connection:
            serial = str(found.serial_number)
            if connection.execute("SELECT 1 FROM spk_revoked WHERE serial = ?", (serial,)).fetchone():
                return Trouble("403.13", "The client certificate has been revoked.")
        names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if not names or names[0].value != client:
            return Trouble("403.1", "The client certificate is for another client.")
        return None

    def server_context(self) -> ssl.SSLContext:
        """Asks for a certificate; one of another authority, or past its day, ends the handshake."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server.crt"), self.path("server.key"))
        context.load_verify_locations(self.path("authority.crt"))
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    # Files

    def _authority(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.path("authority.crt").read_bytes())

    def _lasts(self, name: str) -> bool:
        path = self.path(name)
        if not path.exists():
            return False
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc > datetime.now(UTC)

    def _key(self, name: str) -> ec.EllipticCurvePrivateKey:
        key = ec.generate_private_key(ec.SECP256R1())
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._write(name, text)
        return key

    def _write(self, name: str, text: bytes) -> None:
        handle = os.open(self.path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(text)

    def _below(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int, purpose: x509.ObjectIdentifier
    ) -> x509.CertificateBuilder:
        authority = self._authority()
        builder = _builder(subject, authority.subject, key, days)
        return (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(sign=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        )

    def _sign(self, builder: x509.CertificateBuilder) -> bytes:
        key = serialization.load_pem_private_key(self.path("authority.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return _pem(builder.sign(key, hashes.SHA256()))


def _name(text: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Stand-in")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1 if days > 0 else 30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=sign, crl_sign=sign, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
