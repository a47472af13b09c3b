"""Keys that an application signs with, and certificates of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path


@cache
def private() -> rsa.RSAPrivateKey:
    """Return one key for all tests: making one takes long."""
    return rsa.generate_private_key(65537, 2048)


def pem(password: bytes | None = None) -> bytes:
    """Return the key as PEM."""
    hidden = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return private().private_bytes(*kinds, hidden)


def public() -> bytes:
    """Return what a provider has of the key."""
    kinds = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return private().public_key().public_bytes(*kinds)


def google() -> str:
    """Return the key in a file of the shape that Google gives for a service account."""
    return json.dumps(
        {"type": "service_account", "private_key_id": "k1", "private_key": pem().decode()}
    )


@dataclass(frozen=True)
class Application:
    """A PEM file with the key of an application and its certificate."""

    path: Path

    @classmethod
    def written(
        cls, folder: Path, *, password: bytes | None = None, ends: timedelta = timedelta(days=1)
    ) -> Application:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "postroom")])
        now = datetime.now(UTC)  # noqa: TID251 - the authority reads the real one
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private().public_key())
            .serial_number(7)
            .not_valid_before(now)
            .not_valid_after(now + ends)
            .sign(private(), hashes.SHA256())
        )
        path = folder / "application.pem"
        path.write_bytes(pem(password) + certificate.public_bytes(serialization.Encoding.PEM))
        return cls(path)
