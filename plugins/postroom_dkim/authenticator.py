"""Check who sent a message, and say it as a mail server would (RFC 8601)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar, Final

from postroom.source.diagnostic import Diagnostic, Problem
from postroom_dkim.dmarc import evaluate
from postroom_dkim.dns import Questions, Resolver, Unanswered
from postroom_dkim.settings import DkimSettings
from postroom_dkim.signatures import chain, signatures
from postroom_dkim.work import why_not

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom_dkim.dns import Dns
    from postroom_dkim.signatures import Signature

NAME: Final = "postroom"
"""Who says it, in the place of an authserv-id."""
_LIBRARIES: Final = ("dkim", "dns")


class DkimAuthenticator:
    """Checks DKIM and ARC, and DMARC by what it finds. Any thread may call."""

    name: ClassVar[str] = "dkim"
    settings: ClassVar[type] = DkimSettings

    def __init__(self, settings: DkimSettings, dns: Dns | None = None) -> None:
        """Keep the settings. Raises Problem PR536 if the libraries are not installed."""
        if any(find_spec(each) is None for each in _LIBRARIES):
            words = "checking signatures needs libraries that are not installed"
            raise Problem(Diagnostic("PR536", words, help="pip install 'postroom[dkim]'"))
        self._settings = settings
        self._dns = dns or Resolver(settings)

    def check(self, raw: bytes, from_domain: str) -> str:
        """Return results in the form of RFC 8601. Total."""
        problem = why_not(raw, self._settings.max_message)
        if problem is not None:
            return f'{NAME}; dmarc=permerror reason="{problem}"'
        questions = Questions(self._dns, self._settings.timeout.total_seconds())
        found = signatures(raw, questions)
        sealed = chain(raw, questions)
        dmarc = _dmarc(from_domain, found, questions)
        return "; ".join((NAME, *_dkim(found), f"arc={sealed}", dmarc))


def _dmarc(domain: str, found: Iterable[Signature], questions: Questions) -> str:
    if not _is_name(domain):
        return 'dmarc=permerror reason="From has no domain of the DNS"'
    signed = [each.domain for each in found if each.result == "pass" and _is_name(each.domain)]
    try:
        result: str = evaluate(domain, signed, questions)
    except Unanswered:
        result = "temperror"
    if result == "fail" and any(each.result == "temperror" for each in found):
        result = "temperror"
    return f"dmarc={result} header.from={domain}"


def _dkim(found: Iterable[Signature]) -> Iterator[str]:
    for each in found:
        reason = f' reason="{each.reason}"' if each.reason else ""
        domain = f" header.d={each.domain}" if _is_name(each.domain) else ""
        selector = f" header.s={each.selector}" if domain and _is_name(each.selector) else ""
        yield f"dkim={each.result}{reason}{domain}{selector}"


def _is_name(name: str) -> bool:
    """Return whether a text is a name of the DNS, and nothing besides."""
    plain = name.isascii() and name.translate(_MARKS).isalnum()
    return plain and all(name.split(".")) and len(name) <= _LONGEST


_MARKS: Final = str.maketrans("", "", ".-_")
_LONGEST: Final = 253
