"""The last step: what is sent, what is not and why, and what is done on the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from postroom.identity.permissions import is_under
from postroom.mail.addresses import canonical
from postroom.model.decision import Notice, Suppressed
from postroom.pipeline.guard import Answer, unanswerable, why_not
from postroom.pipeline.letters import forwarded, rendered, told_of_block
from postroom.pipeline.link import who_answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postroom.lang.expression import Template
    from postroom.model.decision import Fired, Outcome, Section
    from postroom.model.envelope import AfterDecision
    from postroom.model.record import RecordRef
    from postroom.pipeline.context import Ask, Context
    from postroom.pipeline.letters import Words
    from postroom.pipeline.parsing import Alarm
    from postroom.rules.ruleset import Account, NotifyRule

_MOST_REFERENCES = 20
_LONGEST_ADDRESS = 254
"""RFC 5321 4.5.3.1.3, less its angle brackets."""
_SEPARATORS = ' ,;<>()[]\\"'
_SHOWN = 80
"""Characters of what is no address."""

Kind: TypeAlias = Literal["answer", "alert", "forward"]
Attach: TypeAlias = Literal["no", "text", "all"]


IMPORTED = "the message was imported"
"""Why nobody hears of it."""


@dataclass(frozen=True, slots=True)
class Concluded:
    """What the steps before have come to."""

    outcome: Outcome
    reasons: Sequence[str]
    ref: RecordRef | None = None
    """The record that notices are about."""
    asks: Sequence[Ask] = ()
    alarms: Sequence[Alarm] = ()
    no_answer: str = ""
    """The filter that forbids answers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes out, and what does not."""

    notices: tuple[Notice, ...]
    suppressed: tuple[Suppressed, ...]
    fired: tuple[Fired, ...]


def plan(context: Context, concluded: Concluded) -> Plan:
    """Ask the notify rules, after all else is settled; `context` lets them read the record."""
    outbox = _Outbox(context, concluded)
    for ask in concluded.asks:
        outbox.ask(ask)
    for alarm in concluded.alarms:
        outbox.alarm(alarm)
    fired = []
    for rule in context.account.notify:
        if concluded.outcome in rule.after and context.holds(rule, "notify"):
            fired.append(context.fired(rule, "notify", f"send {rule.template or rule.id}"))
            outbox.notify(rule)
    return Plan(tuple(outbox.notices), tuple(outbox.suppressed), tuple(fired))


def after_decision(account: Account, outcome: Outcome) -> tuple[AfterDecision, ...]:
    """Return what the account does on its server after such an outcome."""
    if account.receive is None:
        return ()
    after = account.receive.after
    action = after.get(outcome, after.get("decided"))
    return () if action is None else (action,)


class _By(NamedTuple):
    """Which rule asks for a notice."""

    section: Section
    rule: str
    template: str = ""
    use: str = ""
    """The rule's own notifier; "" for that of the account."""


@dataclass(slots=True)
class _Outbox:
    """The notices of one decision, as they come together."""

    context: Context
    concluded: Concluded
    notices: list[Notice] = field(default_factory=list)
    suppressed: list[Suppressed] = field(default_factory=list)

    def ask(self, ask: Ask) -> None:
        """Take what a filter or an access rule wants: an answer, the mail forwarded."""
        tell = ask.tell
        if tell.reply:
            self._answer(_By(ask.section, ask.rule, tell.reply), allow_unverified=False)
        if tell.forward_to:
            words = forwarded(tell.template, self.context, *self._told)
            by = _By(ask.section, ask.rule, tell.template)
            self._add("forward", by, words, tell.forward_to, "all" if tell.attachments else "text")

    def alarm(self, alarm: Alarm) -> None:
        """Take what `tell` in `parsing` wants."""
        words = told_of_block(alarm, self.context)
        self._add("alert", _By("parsing", f"parsing.{alarm.mistake}"), words, alarm.to)

    def notify(self, rule: NotifyRule) -> None:
        """Take a notify rule: an answer for the sender, an alert for everybody else."""
        by = _By("notify", rule.id, rule.template, rule.use)
        others = []
        for address, why_not_others in self._addresses(rule, by):
            if canonical(address) == canonical(self.context.message.from_.addr_spec):
                self._answer(by, allow_unverified=rule.allow_unverified)
            elif why_not_others is None:
                others.append(address)
            else:
                self._suppress(by, why_not_others)
        if others or not rule.to:
            words = rendered(by.template, self.context, *self._told)
            self._add("alert", by, words, tuple(dict.fromkeys(others)))

    @property
    def _told(self) -> tuple[Outcome, Sequence[str]]:
        return self.concluded.outcome, self.concluded.reasons

    def _addresses(self, rule: NotifyRule, by: _By) -> Iterator[tuple[str, str | None]]:
        """Yield each address, and why nothing may be sent to it unless it is the sender's."""
        for template in rule.to:
            written = template.render(self.context.scope)
            address = _clean_address(written)
            if address is None:
                self._suppress(by, f"`to` gives no address: {written[:_SHOWN]!r}")
            else:
                yield address, self._why_not_others(template, rule)

    def _why_not_others(self, template: Template, rule: NotifyRule) -> str | None:
        """Return why an address is not written to that the sender could have chosen."""
        if not template.reads:
            return None
        if all(is_under(path, ("record",)) for path in template.reads):
            return unanswerable(self.context, allow_unverified=rule.allow_unverified)
        return "answers go to the sender's From only"

    def _answer(self, by: _By, *, allow_unverified: bool) -> None:
        if self.context.facts.imported:
            self._suppress(by, IMPORTED)
            return
        if other := who_answers(self.context):
            self._suppress(by, f"account {other} answers mail to this address")
            return
        no_answer = self.concluded.no_answer
        answer = Answer(by.template, self.concluded.outcome == "created", allow_unverified)
        planned = [notice.template for notice in self.notices if notice.kind == "answer"]
        silent = f"filter `{no_answer}` says no_answer" if no_answer else None
        why = silent or why_not(answer, self.context, planned)
        if why is not None:
            self._suppress(by, why)
            return
        words = rendered(by.template, self.context, *self._told)
        self._add("answer", by, words, (self.context.message.from_.addr_spec,))

    def _add(
        self, kind: Kind, by: _By, words: Words, to: tuple[str, ...], attach: Attach = "no"
    ) -> None:
        if self.context.facts.imported:
            self._suppress(by, IMPORTED)
            return
        message, account, ref = self.context.message, self.context.account, self.concluded.ref
        use = by.use or (account.send.use if account.send else "")
        if not use:
            self._suppress(by, f"account {account.name} has no `send`")
            return
        answers = kind == "answer"
        notice = Notice(
            key=f"{account.name}/{message.sha256}/{by.section}/{by.rule}/{kind}",
            kind=kind,
            origin=by.section,
            rule=by.rule,
            template=by.template,
            use=use,
            to=to,
            subject=words.subject,
            text=words.text,
            html=words.html,
            in_reply_to=message.message_id if answers else "",
            references=_thread(message.references, message.message_id) if answers else (),
            ref=ref,
            attach_original=attach,
            token=self.context.tokens.mint(ref) if ref else "",
        )
        self.notices.append(notice)

    def _suppress(self, by: _By, why: str) -> None:
        self.suppressed.append(Suppressed(by.rule, by.template, why))


def _thread(references: tuple[str, ...], message_id: str) -> tuple[str, ...]:
    """Return the References of an answer (RFC 5322 3.6.4), not longer than is useful."""
    return (*references, message_id)[-_MOST_REFERENCES:] if message_id else references


def _clean_address(written: str) -> str | None:
    """Return the one address that a rendered `to` gives: bare, or in angle brackets."""
    text = written.strip()
    if text.endswith(">"):
        text = text[:-1].rpartition("<")[2]
    local, at, domain = text.rpartition("@")
    usable = local and at and domain and len(text) <= _LONGEST_ADDRESS and text.isprintable()
    return text if usable and not any(c in _SEPARATORS for c in text) and "@" not in local else None
