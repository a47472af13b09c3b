"""Every warning that `check` gives: the declaration that waivers and the reference page read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LintInfo:
    """One kind of warning."""

    name: str
    code: str
    says: str
    shown: str = ""
    """What is shown with it besides the place; "" for nothing."""
    proved: bool = False
    """It is said of every mail that there could be."""
    waivable: bool = True


_BOTH = "a mail that both rules match"
_MAIL = "the mail"
LINTS = (
    LintInfo(
        "unreachable", "PR350", "rules before it take everything that a rule matches",
        "those rules", proved=True,
    ),
    LintInfo(
        "shadowed-by", "PR360", "one rule before it takes everything that a rule matches",
        _BOTH, proved=True,
    ),
    LintInfo(
        "never-true", "PR361", "a condition, or a part of one, never holds",
        "the comparisons that exclude each other", proved=True,
    ),
    LintInfo(
        "always-true", "PR362", "a condition, or a part of one, always holds", proved=True,
    ),
    LintInfo(
        "conflicting-set", "PR363", "two rules give one field different values for one mail",
        _MAIL, proved=True,
    ),
    LintInfo("unused-list", "PR351", "nothing reads a list"),
    LintInfo("unused-template", "PR352", "nothing sends a template"),
    LintInfo("unused-filters", "PR353", "no account uses a list of filters"),
    LintInfo("unused-field", "PR364", "nothing fills in a field and nothing reads it"),
    LintInfo("answer-without-limit", "PR365", "nothing counts how often a sender is answered"),
    LintInfo("answer-to-unverified", "PR354", "senders who are not authenticated are answered"),
    LintInfo(
        "echo-to-stranger", "PR366", "such an answer repeats what the mail says", _MAIL,
        proved=True,
    ),
    LintInfo(
        "trust-without-auth", "PR367", "somebody is let in for what From says alone", _MAIL,
        proved=True,
    ),
    LintInfo(
        "guest-cannot-create", "PR358", "the guest may not do what the account has it do",
        proved=True,
    ),
    LintInfo("shared-address", "PR355", "several active accounts have one address",
             "the other account"),
    LintInfo("comment-eats-text", "PR357", "what stands behind ` #` may belong to a text"),
    LintInfo("comment-eats-rule", "PR369", "what stands behind ` #` may belong to a condition"),
    LintInfo("ends-with-on-domain", "PR221", "`ends_with` takes evilexample.com for example.com"),
    LintInfo("plugin", "PR359", "a plugin's lint has a remark", "which lint"),
    LintInfo("unused-waiver", "PR368", "nothing is found that a waiver is for", waivable=False),
)  # fmt: skip
"""All of them."""
