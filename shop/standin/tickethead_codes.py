"""The signed text in a ticket's QR code, and the keys behind it.

Source: the vendor's own client: payload ``{"id":"E<event>TC<config>T<seq_num>"}``, text
``base45(payload):::base45(signature)``, ECDSA with SHA-256 in DER; Base45 as in RFC 9285.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shop.standin.wsgi import Env

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(data: bytes) -> str:
    text = []
    for place in range(0, len(data) - 1, 2):
        high, rest = divmod(data[place] * 256 + data[place + 1], 45 * 45)
        middle, low = divmod(rest, 45)
        text += [_ALPHABET[low], _ALPHABET[middle], _ALPHABET[high]]
    if len(data) % 2:
        high, low = divmod(data[-1], 45)
        text += [_ALPHABET[low], _ALPHABET[high]]
    return "".join(text)


class Signer:
    """The key pair lives in the state, so a code stays valid over restarts."""

    def __init__(self, env: Env) -> None:
        self._env = env

    def seed(self) -> None:
        made = ec.generate_private_key(ec.SECP256R1())
        text = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        with self._env.store.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO th_settings (name, value) VALUES ('ticket_key', ?)", (text,)
            )

    def key(self) -> ec.EllipticCurvePrivateKey:
        with self._env.store.connect() as connection:
            row = connection.execute("SELECT value FROM th_settings WHERE name = 'ticket_key'").fetchone()
        key = serialization.load_pem_private_key(row["value"].encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def public_key(self) -> str:
        """PEM."""
        return (
            self.key()
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    def text(self, event_id: int, config_id: int, seq: int) -> str:
        """What the QR code of one ticket says; the same ticket always says the same."""
        payload = json.dumps({"id": f"E{event_id}TC{config_id}T{seq}"}, separators=(",", ":")).encode()
        signature = self.key().sign(payload, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        return f"{base45(payload)}:::{base45(signature)}"

    def certificate(self, name: str) -> x509.Certificate:
        return self_signed(self.key(), name, self._env.clock.now())


def self_signed(key: ec.EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    """A certificate for a key, by the same key, for ten years."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
