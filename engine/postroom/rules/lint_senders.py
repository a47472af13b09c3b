"""What rules let senders do who may not be who they say, or who write too often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.rules.proofs.atoms import Flag, Text
from postroom.rules.proofs.formula import TRUE, Formula, Literal, negated
from postroom.rules.proofs.order import takes
from postroom.rules.wording import are_words, is_under
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postroom.rules.proofs.atoms import Variable, Vocabulary
    from postroom.rules.proofs.order import Course
    from postroom.rules.ruleset import AccessRule, Filter, NotifyRule, RuleSet

_CLAIMED = ("from", "contact", "sender", "reply_to")
"""What a mail says of its sender, and what is known of whom it says that it is from."""
_METHODS = ("spf", "dkim", "dmarc", "arc")
_UNVERIFIED = "; no server vouches for its sender"
_WITH_RECORD = frozenset(("created", "updated"))


@dataclass(frozen=True, slots=True)
class Senders:
    """Looks through one account whose order of rules was worked out."""

    rules: RuleSet
    course: Course

    def findings(self) -> Iterator[Diagnostic]:
        """Yield PR365, PR366 and PR367."""
        account = self.course.account
        yield from self._without_limit()
        for rule in account.notify:
            yield from self._echoes(rule)
        yield from self._trusting(account.create, TRUE)
        yield from self._trusting(account.update, self.course.leads_to_record)

    # --- answers ------------------------------------------------------------

    def _without_limit(self) -> Iterator[Diagnostic]:
        account = self.course.account
        if any(_limits(each) for each in account.filters):
            return
        answering = [rule for rule in self._answering() if not _counts(rule)]
        for rule in answering[:1]:
            hint = "{id: talkative, when: count_from_sender(1h) > 20, then: no_answer}"
            yield Diagnostic(
                "PR365",
                f"`{rule.id}` answers senders, and no rule of `{account.name}` limits how often",
                rule.span,
                f"add a filter: `{hint}`",
                "warning",
                about=(rule.id,),
            )

    def _answering(self) -> Iterator[Filter | AccessRule | NotifyRule]:
        account = self.course.account
        yield from (rule for rule in account.notify if _answers(rule))
        yield from (rule for rule in account.filters if rule.tell.reply)
        yield from (rule for rule in (*account.create, *account.update) if rule.tell.reply)

    def _echoes(self, rule: NotifyRule) -> Iterator[Diagnostic]:
        """Warn of a rule that sends back what somebody wrote who may not be who they say."""
        if not rule.allow_unverified or not _answers(rule):
            return
        echoed = sorted(self._words_in(rule.template))
        if not echoed:
            return
        created = rule.after == ("created",)
        before = self.course.refused(self.course.account.create if created else ())
        goals = (self.course.prover.formula(rule.when), *self._nobody_vouches())
        answer = not created and _WITH_RECORD.issuperset(rule.after)
        mail = self.course.mail(goals, before, (rule.when,), answer=answer)
        if mail is None:
            return
        yield Diagnostic(
            "PR366",
            f"`{rule.id}` sends `{echoed[0]}` back to senders who are not authenticated",
            rule.span,
            "whoever forges a sender has us send these words: take them out of"
            f" `{rule.template}`, or delete `allow_unverified`",
            "warning",
            notes=(f"a mail that it answers: {mail.words_besides_results}{_UNVERIFIED}",),
            about=(rule.id,),
        )

    def _words_in(self, name: str) -> Iterator[str]:
        """Yield what a template holds that the sender may have written."""
        template = self.rules.templates.get(name)
        for part in (template.subject, template.text, template.html) if template else ():
            for path in part.reads if part else ():
                if is_under(path, ("record",)):
                    if self._is_filled_with_words(path.split(".")[1:2]):
                        yield path
                elif not path.startswith("lists.") and are_words(frozenset((path,))):
                    yield path

    def _is_filled_with_words(self, field: Sequence[str]) -> bool:
        shapes = (self.course.account.mapping, self.course.account.updates)
        return any(
            assignment.field in field and are_words(assignment.value.reads)
            for shape in shapes
            for found in (shape.assignments, *(rule.assignments for rule in shape.rules))
            for assignment in found
        )

    # --- trust --------------------------------------------------------------

    def _trusting(self, rules: Sequence[AccessRule], always: Formula) -> Iterator[Diagnostic]:
        """Warn of rules that let somebody in for what From says, though nobody vouches for it."""
        before = self.course.refused(())
        for rule in rules:
            formula = self.course.prover.formula(rule.when)
            if self._trusts(rule):
                goals = (always, formula, *self._nobody_vouches())
                answer = always is not TRUE
                mail = self.course.mail(goals, before, (rule.when,), answer=answer)
                if mail is not None:
                    yield _trusting(rule, mail.words_besides_results)
            if takes(rule):
                before.add(rule, formula)

    def _trusts(self, rule: AccessRule) -> bool:
        """Return whether a rule lets somebody in for what From says, or with a contact's rights."""
        if rule.then != "allow_as":
            return False
        as_contact = rule.principal != "guest" and self.rules.contacts is not None
        reads = rule.when.reads if rule.when else frozenset[str]()
        return as_contact or any(is_under(path, _CLAIMED) for path in reads)

    def _nobody_vouches(self) -> Iterator[Formula]:
        """Yield what is true of a mail for whose sender no server vouches."""
        known = self.course.prover.known
        aligned = known.variables["auth.aligned"]
        yield negated(Literal(known.atom((aligned, "flag"), lambda: Flag(aligned))))
        for method in _METHODS:
            result = known.variables[f"auth.{method}.result"]
            yield _none(known, result)


def _none(known: Vocabulary, result: Variable) -> Formula:
    key = (result, "", "is", ("none",))
    return Literal(known.atom(key, lambda: Text(result, "", "is", ("none",))))


def _trusting(rule: AccessRule, words: str) -> Diagnostic:
    condition = " ".join(rule.when.span.text.split()) if rule.when else ""
    hint = f"write: {condition} and auth.aligned" if condition else "add `when: auth.aligned`"
    return Diagnostic(
        "PR367",
        f"`{rule.id}` trusts what From says, and anybody can write that",
        rule.span,
        hint if " or " not in condition else "ask for `auth.aligned` as well",
        "warning",
        notes=(f"a mail that it lets in: {words}{_UNVERIFIED}",),
        about=(rule.id,),
    )


def _limits(rule: Filter) -> bool:
    """Return whether a filter keeps answers, or the mail itself, away from who writes too often."""
    return not rule.shadow and rule.when is not None and bool(rule.when.windows)


def _counts(rule: Filter | AccessRule | NotifyRule) -> bool:
    return rule.when is not None and bool(rule.when.windows)


def _answers(rule: NotifyRule) -> bool:
    """Return whether a rule writes to the sender."""
    return any(is_under(path, ("from",)) for template in rule.to for path in template.reads)
