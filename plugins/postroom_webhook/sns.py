"""Amazon SES, whose mail comes as notifications of SNS with a signature by certificate."""

from __future__ import annotations

import base64
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from postroom_webhook.proof import forged
from postroom_webhook.request import Mail, RefusedError
from postroom_webhook.shapes import from_base64, json_object, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.x509 import Certificate

    from postroom_webhook.request import Request
    from postroom_webhook.settings import WebhookSettings

    Get = Callable[[str], bytes]
    """Fetches an address. Raises OSError."""

_SIGNED: Final[Mapping[str, tuple[str, ...]]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
"""What is signed of each kind, in this order; a Subject only where there is one."""
_LATER: Final = 503
_UNFIT: Final = 422
_SECONDS: Final = 10.0
_LARGEST: Final = 64 * 1024
_MOST_CERTIFICATES: Final = 20


class Ses:
    """Mail received by Amazon SES, with the action "publish to SNS topic"."""

    never = _UNFIT

    def __init__(self, settings: WebhookSettings, get: Get | None = None) -> None:
        self._settings = settings
        self._get = get or fetch
        self._certificates: dict[str, Certificate] = {}
        self._lock = Lock()

    def admit(self, headers: Mapping[str, str]) -> None:
        """Want the header that SNS sends."""
        if not headers.get("x-amz-sns-message-type"):
            raise forged()

    def read(self, request: Request, now: float) -> Mail | None:
        """Return the message in a notification; confirm a subscription if that is wanted."""
        told = json_object(request.body)
        if told.get("TopicArn") != self._settings.topic:
            raise forged()
        self._check_signature(told)
        self._check_time(told, now)
        if told["Type"] == "SubscriptionConfirmation":
            self._confirm(told)
            return None
        return _mail(json_object(str(told.get("Message", "")).encode("utf-8", "replace")))

    def _confirm(self, told: Mapping[str, Any]) -> None:
        if not self._settings.confirm:
            raise RefusedError(403, "subscriptions are not confirmed here: see `confirm`")
        address = str(told.get("SubscribeURL", ""))
        if not is_of_sns(address):
            raise forged()
        try:
            self._get(address)
        except OSError:
            raise RefusedError(_LATER, "the subscription cannot be confirmed now") from None

    def _check_signature(self, told: Mapping[str, Any]) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256

        wanted = _SIGNED.get(str(told.get("Type")))
        if wanted is None:
            raise forged()
        parts = [f"{name}\n{told[name]}\n" for name in wanted if isinstance(told.get(name), str)]
        version = told.get("SignatureVersion")
        # Amazon's version 1 is SHA-1; what is new is on its certificate and the topic's own choice
        digest = SHA256() if version == "2" else SHA1()  # noqa: S303 - the format demands it
        key = self._certificate(str(told.get("SigningCertURL", ""))).public_key()
        try:
            if not isinstance(key, RSAPublicKey):
                raise forged()
            signature = base64.b64decode(str(told.get("Signature", "")))
            key.verify(signature, "".join(parts).encode("utf-8", "replace"), PKCS1v15(), digest)
        except (InvalidSignature, ValueError):
            raise forged() from None

    def _certificate(self, address: str) -> Certificate:
        from cryptography.x509 import load_pem_x509_certificate

        if not is_of_sns(address) or not urlsplit(address).path.endswith(".pem"):
            raise forged()
        with self._lock:
            found = self._certificates.get(address)
        if found is not None:
            return found
        try:
            found = load_pem_x509_certificate(self._get(address))
        except OSError:
            raise RefusedError(_LATER, "the certificate cannot be had now") from None
        except ValueError:
            raise forged() from None
        with self._lock:
            if len(self._certificates) >= _MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[address] = found
        return found

    def _check_time(self, told: Mapping[str, Any], now: float) -> None:
        try:
            when = datetime.fromisoformat(str(told.get("Timestamp"))).timestamp()
        except (ValueError, OverflowError):
            raise forged() from None
        if abs(now - when) > self._settings.seconds:
            raise RefusedError(401, "the time of the signature is too far from ours")


def is_of_sns(address: str) -> bool:
    """Whether an address is SNS's own: anybody can have others below amazonaws.com, S3's say."""
    try:
        parts = urlsplit(address)
        fine = parts.scheme == "https" and parts.port is None and "@" not in parts.netloc
    except ValueError:
        return False
    labels = (parts.hostname or "").split(".")
    plain = all(each.isascii() and each.replace("-", "").isalnum() for each in labels)
    below = labels[2:] in (["amazonaws", "com"], ["amazonaws", "com", "cn"])
    return fine and plain and labels[0] == "sns" and below


def fetch(address: str) -> bytes:
    """Return what lies at an address of SNS. Follows nobody elsewhere. Raises OSError."""
    import http.client
    import ssl

    parts = urlsplit(address)
    context = ssl.create_default_context()
    connection = http.client.HTTPSConnection(parts.netloc, timeout=_SECONDS, context=context)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        answer = connection.getresponse()
        body = answer.read(_LARGEST + 1)
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from None
    finally:
        connection.close()
    if answer.status != http.client.OK or len(body) > _LARGEST:
        raise OSError(f"answered with {answer.status}")
    return body


def _mail(told: Mapping[str, Any]) -> Mail | None:
    """Return the message in what SES says, or None where it tells of something else."""
    if told.get("notificationType") != "Received":
        return None
    content, receipt, mail = told.get("content"), told.get("receipt"), told.get("mail")
    if not isinstance(content, str) or not content:
        raise RefusedError(_UNFIT, "there is no content: let the SNS action include it")
    action = receipt.get("action") if isinstance(receipt, dict) else None
    encoding = action.get("encoding") if isinstance(action, dict) else None
    in_base64 = str(encoding).casefold() == "base64"
    raw = from_base64(content) if in_base64 else content.encode("utf-8", "replace")
    sender = mail.get("source") if isinstance(mail, dict) else None
    recipients = receipt.get("recipients") if isinstance(receipt, dict) else None
    return Mail(raw, sender if isinstance(sender, str) else None, texts(recipients))
