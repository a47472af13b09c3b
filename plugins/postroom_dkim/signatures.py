"""The signatures and the ARC chain of a message, checked with dkimpy (RFC 6376, 8301, 8617)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import dkim

    from postroom_dkim.dns import Questions

Result = Literal["none", "pass", "fail", "policy", "temperror", "permerror"]

MOST_SIGNATURES: Final = 8
MOST_SETS: Final = 10
"""Of an ARC chain; it may have 50, and nobody's has."""
LONGEST_KEY: Final = 1_500
"""Characters of a key record: RSA with 4,096 bits takes half of it. Larger ones cost much time."""
_ALGORITHMS: Final = (b"rsa-sha256", b"ed25519-sha256")
"""RFC 8301: SHA-1 is not to be used any more."""
_silent = logging.getLogger("postroom_dkim.library")
_silent.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Signature:
    """What became of one DKIM signature."""

    result: Result
    domain: str = ""
    selector: str = ""
    reason: str = ""
    """In our own words."""


def signatures(raw: bytes, questions: Questions) -> list[Signature]:
    """Return what became of each signature, in their order. Total."""
    import dkim

    try:
        checker = dkim.DKIM(raw, logger=_silent, minkey=1024)
        fields = [value for name, value in checker.headers if name.lower() == b"dkim-signature"]
    except Exception:  # noqa: BLE001 - the library was not written for hostile mail
        return [Signature("permerror", reason="the header cannot be read")]
    return [
        _checked(checker, i, each, questions) for i, each in enumerate(fields[:MOST_SIGNATURES])
    ]


def _checked(checker: dkim.DKIM, number: int, value: bytes, questions: Questions) -> Signature:
    import dkim

    try:
        tags = dkim.util.parse_tag_value(value)
        domain = tags.get(b"d", b"").decode("ascii").lower()
        selector = tags.get(b"s", b"").decode("ascii")
    except Exception:  # noqa: BLE001 - see above
        return Signature("permerror", reason="the signature cannot be read")
    if tags.get(b"a") not in _ALGORITHMS:
        return Signature("policy", domain, selector, "the algorithm is not safe")
    if b"l" in tags:
        return Signature("policy", domain, selector, "only a part of the body is signed")
    before = questions.unanswered
    questions.unanswered = False
    try:
        held = checker.verify(idx=number, dnsfunc=_keys(questions))
    except dkim.ValidationError:
        held = False
    except Exception:  # noqa: BLE001 - see above
        result: Result = "temperror" if questions.unanswered else "permerror"
        return Signature(result, domain, selector)
    finally:
        questions.unanswered |= before
    return Signature("pass" if held else "fail", domain, selector)


def chain(raw: bytes, questions: Questions) -> Result:
    """Return whether the ARC chain of a message is whole. Total."""
    import dkim

    before = questions.unanswered
    questions.unanswered = False
    try:
        checker = dkim.ARC(raw, logger=_silent, minkey=1024)
        if sum(name.lower() == b"arc-seal" for name, _ in checker.headers) > MOST_SETS:
            return "permerror"
        found, _, _ = checker.verify(dnsfunc=_keys(questions))
    except Exception:  # noqa: BLE001 - see above
        return "temperror" if questions.unanswered else "permerror"
    finally:
        lost, questions.unanswered = questions.unanswered, questions.unanswered or before
    if found == dkim.CV_Pass:
        return "pass"
    if found == dkim.CV_None:
        return "none"
    return "temperror" if lost else "fail"


def _keys(questions: Questions) -> _GetKey:
    return _GetKey(questions)


@dataclass(frozen=True, slots=True)
class _GetKey:
    """Answers the library's questions for keys."""

    questions: Questions

    def __call__(self, name: bytes | str, timeout: float = 0) -> bytes | None:
        """Return the one key record; None if there is none, or several. Raises Unanswered."""
        del timeout  # ours holds for all questions together
        found = self.questions.texts(name.decode("ascii") if isinstance(name, bytes) else name)
        return found[0] if len(found) == 1 and len(found[0]) <= LONGEST_KEY else None
