"""Turn whatever exchangelib and requests raise into Problem or DeclinedError."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.hooks.words import plain
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom_ews.settings import EwsSettings

_AGAIN = "it is tried again by itself"
_LONGEST_PAUSE = 3600.0
_OFFERED = {"basic": {"basic"}, "ntlm": {"ntlm", "negotiate"}}
"""By method, what a server calls it."""
_GONE = frozenset({"ErrorItemNotFound", "ErrorMessageNotFound"})
_PASSING = frozenset(
    {
        "ErrorADOperation",
        "ErrorADUnavailable",
        "ErrorConnectionFailed",
        "ErrorConnectionFailedTransientError",
        "ErrorExceededConnectionCount",
        "ErrorInsufficientResources",
        "ErrorInternalServerTransientError",
        "ErrorMailboxFailover",
        "ErrorMailboxLogonFailed",
        "ErrorMailboxMoveInProgress",
        "ErrorMailboxStoreUnavailable",
        "ErrorNoApplicableProxyCASServersAvailable",
        "ErrorProxyCallFailed",
        "ErrorProxyRequestProcessingFailed",
        "ErrorProxyServiceDiscoveryFailed",
        "ErrorProxyTokenExpired",
        "ErrorServiceDiscoveryFailed",
    }
)
"""What ails the mailbox or a server behind it, and no message (MS-OXWSCDATA, ResponseCodeType)."""


class DeclinedError(Exception):
    """Exchange declined one thing; others may well work."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, plain(text) or code

    @property
    def gone(self) -> bool:
        """Whether there is no such message."""
        return self.code in _GONE


class HttpError(Exception):
    """An answer that is no SOAP: its status, how long we are to wait, and how one may sign in."""

    def __init__(self, status: int, retry_after: str = "", offers: str = "") -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.offers = [each.split()[0].lower() for each in offers.split(",") if each.strip()]
        digits = retry_after.isascii() and retry_after.isdecimal()
        self.after = timedelta(seconds=min(float(retry_after), _LONGEST_PAUSE)) if digits else None


def problem(
    code: str, settings: EwsSettings, words: str, hint: str = _AGAIN, after: timedelta | None = None
) -> Problem:
    """Return a problem with the server, which is named as the mailbox is."""
    shown = plain(words, settings.never_shown)
    found = Diagnostic(code, f"{settings.host}: `{settings.mailbox}`: {shown}", help=hint)
    return Problem(found, after)


@contextmanager
def for_all(settings: EwsSettings, doing: str) -> Iterator[None]:
    """Do something without which nothing goes on. Raises Problem in place of DeclinedError."""
    try:
        yield
    except DeclinedError as declined:
        words = f"{doing}: {declined.code}: {declined.text}"
        hint = "ask who runs the server what it means by that"
        raise problem("PR515", settings, words, hint) from None


@contextmanager
def translated(settings: EwsSettings, doing: str) -> Iterator[None]:
    """Ask the server. Raises DeclinedError or Problem, and nothing of theirs."""
    try:
        yield
    except (DeclinedError, Problem):
        raise
    except HttpError as error:
        raise _refused(settings, doing, error) from None
    except Exception as error:  # noqa: BLE001 - exchangelib lets out whatever its parser raises
        raise translation(settings, doing, error) from None


def translation(settings: EwsSettings, doing: str, error: Exception) -> Problem | DeclinedError:
    """Return what an exception of exchangelib means."""
    from exchangelib import errors

    said = f"{doing}: {error}"
    match error:
        case PermissionError():  # of requests_ntlm: no challenge came
            hint = "see which way of signing in the server takes; for Basic: `method: basic`"
            found = ("PR511", f"{doing}: the server offers NTLM, and does not go on with it", hint)
        case errors.ErrorTimeoutExpired():
            return _broken(settings, doing, str(error))
        case errors.ErrorAccessDenied() | errors.ErrorImpersonateUserDenied():
            found = ("PR511", said, _permission(settings))
        case errors.ErrorNonExistentMailbox() | errors.ErrorMissingEmailAddress():
            hint = "check `mailbox`; an application must say `impersonate: true`"
            found = ("PR573", said, hint)
        case errors.ErrorServerBusy():
            after = timedelta(seconds=min(float(error.back_off or 0), _LONGEST_PAUSE)) or None
            return problem("PR516", settings, said, after=after)
        case errors.RateLimitError():
            found = ("PR516", said, _AGAIN)
        case errors.ResponseMessageError() if type(error).__name__ in _PASSING:
            found = ("PR516", said, _AGAIN)
        case errors.ResponseMessageError():
            return DeclinedError(type(error).__name__, str(error))
        case errors.TransportError() if "CERTIFICATE" in str(error) or "SSL" in str(error):
            hint = "`url` must have a name in the certificate; your own authority: `ca_file`"
            found = ("PR512", said, hint)
        case _:
            words = f"{doing}: an answer that makes no sense ({type(error).__name__})"
            hint = "see whether `url` is that of EWS, and whether a proxy stands in between"
            found = ("PR515", words, hint)
    return problem(found[0], settings, found[1], found[2])


def _broken(settings: EwsSettings, doing: str, said: str) -> Problem:
    if "Timeout" in said.partition("(")[0]:
        words = f"{doing}: no answer within {settings.seconds:g} seconds"
        return problem("PR514", settings, words)
    words = f"{doing}: the server cannot be reached, or the connection broke"
    return problem("PR510", settings, words, "it is tried again by itself; check `url`")


def _refused(settings: EwsSettings, doing: str, error: HttpError) -> Problem:
    match error.status:
        case 401:
            return _no_entry(settings, doing, error.offers)
        case 403:
            words = f"{doing}: the server lets nobody in this way (403)"
            return problem("PR511", settings, words, _permission(settings))
        case _:
            words = f"{doing}: the server refuses for now ({error.status})"
            return problem("PR516", settings, words, after=error.after)


def _no_entry(settings: EwsSettings, doing: str, offers: list[str]) -> Problem:
    who = settings.username or "the sign-in"
    hint = "check `username` and `password`"
    if settings.auth is not None:
        hint = "`postroom login ACCOUNT` signs in anew; the token must be one for Exchange"
    elif offers and not _OFFERED[settings.method] & set(offers):
        other = "basic" if settings.method == "ntlm" else "ntlm"
        way = f"say `method: {other}`" if _OFFERED[other] & set(offers) else "ask who runs it"
        hint = f"the server takes no `{settings.method}`: {way}"
    return problem("PR511", settings, f"{doing}: `{who}` is not let in", hint)


def _permission(settings: EwsSettings) -> str:
    if settings.impersonate:
        return (
            "it needs the role `ApplicationImpersonation` with a scope of this mailbox; in "
            "Exchange Online EWS must be enabled and the application allowed: use graph there"
        )
    return "whoever signs in needs full access to the mailbox: Add-MailboxPermission"
