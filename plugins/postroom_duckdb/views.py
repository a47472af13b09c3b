"""The views that auditors are given, declared once: the docs and the tests read this too.

All of them stand on the bodies of the entries and the personal values beside them. A value that was
erased is NULL.
"""

from __future__ import annotations

from postroom_duckdb import views_effects, views_mail, views_rules

VIEWS = (
    views_mail.COMMUNICATIONS,
    views_mail.ENTRIES,
    views_mail.RAW_LET_GO,
    views_mail.DECISIONS,
    views_mail.WHY,
    views_mail.QUARANTINED,
    views_mail.REVIEWS,
    views_mail.REVIEW_QUEUE,
    views_mail.UNVERIFIED_UPDATES,
    views_effects.FIELD_HISTORY,
    views_effects.LINKS,
    views_effects.NOTICES,
    views_effects.SUPPRESSED_ANSWERS,
    views_effects.SERVER_ACTIONS,
    views_effects.DELETED_FROM_SERVER,
    views_effects.BOUNCES,
    views_rules.KEY_CHANGES,
    views_rules.RULE_CHANGES,
    views_rules.RULES_REFUSED,
    views_rules.SHADOW_DECISIONS,
    views_rules.RULE_FILES,
    views_rules.RULE_STATISTICS,
    views_rules.INTEGRITY,
)
"""In an order in which each stands on those before it."""
