"""What an application says of itself and signs: a JSON Web Token (RFC 7519) for RFC 7523."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from postroom.model.settings import Secret
    from postroom.source.text import Span

_LASTS = 3_600
"""Seconds for which an assertion is good; Google takes no longer one."""


def assertion(key: Secret, claims: Mapping[str, str], now: float, span: Span) -> str:
    """Return the claims with times, signed by RS256. Raises Problem PR417 if the key is of no use.

    The key is a PEM file, or the JSON file that Google gives for a service account.
    """
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    pem, key_id = _told(key.reveal())
    private = _private(pem)
    if private is None:
        words = "the key to sign with cannot be used: it is no RSA key without a password"
        hint = "name a PEM file, or the JSON file that Google gives for a service account"
        raise Problem(Diagnostic("PR417", words, span=span, help=hint))
    head = {"alg": "RS256", "typ": "JWT"} | ({"kid": key_id} if key_id else {})
    times = {"iat": int(now), "exp": int(now) + _LASTS}
    signed = f"{_encoded(head)}.{_encoded({**claims, **times})}"
    signature = private.sign(signed.encode("ascii"), PKCS1v15(), SHA256())
    return f"{signed}.{_base64(signature)}"


def _told(text: str) -> tuple[str, str]:
    """Return the key as PEM, and the name by which the provider knows it, or ""."""
    if not text.lstrip().startswith("{"):
        return text, ""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "", ""
    return str(found.get("private_key", "")), str(found.get("private_key_id", ""))


def _private(pem: str) -> RSAPrivateKey | None:
    """Return the key, or None: an error would carry it along in the traceback."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it wants a password
        return None
    return found if isinstance(found, RSAPrivateKey) else None


def _encoded(said: Mapping[str, object]) -> str:
    return _base64(json.dumps(said).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
