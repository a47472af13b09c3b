"""Amazon SES, whose mail comes as notifications of SNS with a signature by certificate.

The message is in the notification, or in a bucket of S3 that the notification names.
"""

from __future__ import annotations

import base64
from datetime import datetime
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from postroom.hooks.http_talk import RefusedError
from postroom.model.settings import Secret
from postroom_webhook.proof import forged
from postroom_webhook.request import Mail
from postroom_webhook.s3 import Bucket
from postroom_webhook.shapes import from_base64, json_object, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.x509 import Certificate

    from postroom.hooks.http_talk import Request
    from postroom_webhook.settings import WebhookSettings

    Get = Callable[[str, Mapping[str, str], int], bytes]
    """Fetches an address, with headers, up to so many bytes. Raises OSError."""

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
_LARGEST_MESSAGE: Final = 40 * 1024 * 1024
"""Bytes: SES takes no larger ones."""
_AT_ONCE: Final = 4
"""Messages that are fetched at a time: each is in memory whole."""


class Ses:
    """Mail received by Amazon SES, with an action that publishes to an SNS topic."""

    never = _UNFIT

    def __init__(self, settings: WebhookSettings, get: Get | None = None) -> None:
        self._settings = settings
        self._get = get or fetch
        self._certificates: dict[str, Certificate] = {}
        self._lock = Lock()
        self._bucket = _bucket(settings)
        self._fetching = BoundedSemaphore(_AT_ONCE)

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
        return self._mail(json_object(str(told.get("Message", "")).encode("utf-8", "replace")), now)

    def _mail(self, told: Mapping[str, Any], now: float) -> Mail | None:
        """Return the message that SES tells of, or None where it tells of something else."""
        if told.get("notificationType") != "Received":
            return None
        receipt = _keys(told.get("receipt"))
        action, sender = _keys(receipt.get("action")), _keys(told.get("mail")).get("source")
        stored = action.get("type") == "S3"
        raw = self._stored(action, now) if stored else _content(told, action)
        recipients = texts(receipt.get("recipients"))
        return Mail(raw, sender if isinstance(sender, str) else None, recipients)

    def _stored(self, action: Mapping[str, Any], now: float) -> bytes:
        """Return a message from the bucket. Raises RefusedError."""
        bucket, key = self._bucket, action.get("objectKey")
        if bucket is None or action.get("bucketName") != bucket.name:
            raise RefusedError(_UNFIT, "the message is in a bucket that is not named: see `bucket`")
        if not isinstance(key, str) or not key:
            raise RefusedError(_UNFIT, "there is no `objectKey`")
        try:
            with self._fetching:
                return self._get(*bucket.asks(key, now), _LARGEST_MESSAGE)
        except OSError:
            raise RefusedError(_LATER, "the message cannot be had from its bucket now") from None

    def _confirm(self, told: Mapping[str, Any]) -> None:
        if not self._settings.confirm:
            raise RefusedError(403, "subscriptions are not confirmed here: see `confirm`")
        address = str(told.get("SubscribeURL", ""))
        if not is_of_sns(address):
            raise forged()
        try:
            self._get(address, {}, _LARGEST)
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
            found = load_pem_x509_certificate(self._get(address, {}, _LARGEST))
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


def fetch(address: str, headers: Mapping[str, str], largest: int) -> bytes:
    """Return what lies at an address of Amazon's. Follows nobody elsewhere. Raises OSError."""
    import http.client
    import ssl

    parts = urlsplit(address)
    context = ssl.create_default_context()
    connection = http.client.HTTPSConnection(parts.netloc, timeout=_SECONDS, context=context)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read(largest + 1)
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from None
    finally:
        connection.close()
    if answer.status != http.client.OK or len(body) > largest:
        raise OSError(f"answered with {answer.status}")
    if answer.length:  # a read up to a size says nothing of an end that comes too early
        raise OSError("the answer is cut off")
    return body


def _bucket(settings: WebhookSettings) -> Bucket | None:
    """Return where messages lie, if they do not come with the notifications."""
    name, key, secret = settings.bucket, settings.access_key, settings.secret
    if name is None or key is None or not isinstance(secret, Secret):
        return None
    _, partition, _, region, *_ = [*(settings.topic or "").split(":"), "", "", "", ""]
    domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    return Bucket(name, settings.region or region, key, secret, domain)


def _content(told: Mapping[str, Any], action: Mapping[str, Any]) -> bytes:
    """Return the message in a notification. Raises RefusedError."""
    content = told.get("content")
    if not isinstance(content, str) or not content:
        raise RefusedError(_UNFIT, "there is no content: let the SNS action include it")
    in_base64 = str(action.get("encoding")).casefold() == "base64"
    return from_base64(content) if in_base64 else content.encode("utf-8", "replace")


def _keys(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}
