"""Give a letter what its account declares under `send`: where to answer, and how large it may be.

What does not fit is said in the letter, and in the audit entry of its sending. Nothing is lost: the
notice, and the mail that came, are kept in full.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from postroom.identity import carriers

if TYPE_CHECKING:
    from postroom.hooks.contracts import Letter
    from postroom.model.decision import Notice
    from postroom.rules.ruleset import Send


def fitted(letter: Letter, send: Send, address: str) -> Letter:
    """Return the letter with the marker line, the address for answers, and within its limits.

    address is the account's own, to which mail for it is sent.
    """
    left_out: list[str] = []
    original, original_text = _original(letter, send, left_out)
    notice = _limited(letter.notice, send.max_body, left_out)
    if left_out:
        notice = _saying(notice, left_out)
    if _can_be_answered(notice):
        notice = _marked(notice, send.reply_marker)
    asks = send.plus_addresses and bool(notice.token)
    return replace(
        letter,
        notice=notice,
        original=original,
        original_text=original_text,
        reply_to=carriers.plus_address(address, notice.token) if asks else "",
        left_out=tuple(left_out),
    )


def _can_be_answered(notice: Notice) -> bool:
    """Return whether somebody may answer it and reach the record. What is forwarded is not ours."""
    return bool(notice.token and notice.to) and notice.kind != "forward"


def _marked(notice: Notice, marker: str) -> Notice:
    if not marker:
        return notice
    html = f'<p style="color: #777777">{escape(marker)}</p>\n{notice.html}' if notice.html else ""
    return replace(notice, text=f"{marker}\n\n{notice.text}" if notice.text else "", html=html)


def _original(letter: Letter, send: Send, left_out: list[str]) -> tuple[bytes | None, str]:
    """Return what is sent along, as far as it may be."""
    original, text = letter.original, letter.original_text
    if original is not None and len(original) > send.max_attachments:
        left_out.append(f"the original has {_told(len(original))} and is not attached")
        original = None
    if _size(text) > send.max_body:
        left_out.append(f"of the original's text, {_told(_size(text))}, only the beginning is here")
        text = _cut(text, send.max_body)
    return original, text


def _limited(notice: Notice, most: int, left_out: list[str]) -> Notice:
    """Return the notice with a text that is not too large; an HTML that is goes as text."""
    if _size(notice.html) > most:
        left_out.append(f"its HTML has {_told(_size(notice.html))}: here is the text alone")
        notice = replace(notice, html="", text=notice.text or notice.subject)
    if _size(notice.text) > most:
        left_out.append(f"its text has {_told(_size(notice.text))}: here is the beginning")
        notice = replace(notice, text=_cut(notice.text, most))
    return notice


def _saying(notice: Notice, left_out: list[str]) -> Notice:
    words = f"[This mail would have been too large: {'; '.join(left_out)}. We have kept all of it.]"
    return replace(
        notice,
        text=f"{notice.text}\n\n{words}" if notice.text or not notice.html else "",
        html=f"{notice.html}\n<p>{escape(words)}</p>" if notice.html else "",
    )


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _cut(text: str, most: int) -> str:
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


def _told(count: int) -> str:
    return f"{count:,} bytes"
