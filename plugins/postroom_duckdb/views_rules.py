"""Views of the rules, and of whether the log is what it was."""

from __future__ import annotations

from postroom_duckdb.view import (
    ACCOUNT,
    HEAD,
    MAIL,
    RECORD,
    RULE,
    SEQ,
    TABLE,
    WHEN,
    View,
    said,
    said_list,
    text,
)

RULE_CHANGES = View(
    "rule_changes",
    "Rule sets in the order in which they began to decide.",
    (
        SEQ,
        WHEN,
        ("rules", "VARCHAR", "Hash of the rule set"),
        ("previous", "VARCHAR", "Hash of the one before; empty at the start of an engine"),
        ("how", "VARCHAR", "`start` of an engine, `activate`, or `reload` of its folder"),
        ("by", "VARCHAR", "Who activated it; empty if nobody says so"),
        ("reason", "VARCHAR", "Why, in the words of who did"),
        ("files", "MAP(VARCHAR, VARCHAR)", "SHA-256 of each file, by name"),
        ("tests", "VARCHAR", "How many of its tests passed and failed, as JSON"),
        ("lint", "VARCHAR", "How many warnings there are by code, as JSON"),
        ("replay", "VARCHAR", "What it would have decided otherwise, as JSON"),
    ),
    f"""SELECT seq, recorded_at, {text("$.rules")} AS rules, {text("$.previous")} AS previous,
  {text("$.how")} AS how, {text("$.by")} AS by, {text("$.reason")} AS reason,
  from_json(body -> '$.files', '"MAP(VARCHAR, VARCHAR)"') AS files,
  (body -> '$.tests')::VARCHAR AS tests, (body -> '$.lint')::VARCHAR AS lint,
  (body -> '$.replay')::VARCHAR AS replay
FROM entries WHERE kind = 'rules_activated'""",
)

RULES_REFUSED = View(
    "rules_refused",
    "Rule sets that were to decide and were refused; the one before went on.",
    (
        SEQ,
        WHEN,
        ("rules", "VARCHAR", "Hash of the rule set; empty if its files could not be read"),
        ("how", "VARCHAR", "`activate`, or `reload` of the engine's folder"),
        ("by", "VARCHAR", "Who wanted it; empty if nobody says so"),
        ("words", "VARCHAR", "Why it was refused"),
    ),
    f"""SELECT seq, recorded_at, {text("$.rules")} AS rules, {text("$.how")} AS how,
  {text("$.by")} AS by, {text("$.words")} AS words
FROM entries WHERE kind = 'rules_refused'""",
)

SHADOW_DECISIONS = View(
    "shadow_decisions",
    "What a second rule set would have concluded about each message; none of it was done.",
    (
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
        ("class", "VARCHAR", "How it differs, as in a replay; `no_account`, `failed`"),
        ("was", "VARCHAR", "What became of the message"),
        ("outcome", "VARCHAR", "What would have become of it; empty where nobody knows"),
        ("fired", "VARCHAR[]", "Ids of the rules that fired, in order"),
        ("words", "VARCHAR[]", "What differs"),
        ("unknown", "VARCHAR[]", "What the second rule set asked for and nobody had looked up"),
        ("missed", "BIGINT", "Messages before this one that it had no time for"),
        ("rules", "VARCHAR", "Hash of the second rule set"),
        ("against", "VARCHAR", "Hash of the rule set that decided"),
    ),
    f"""SELECT {HEAD}, {text("$.class")} AS class, {text("$.was")} AS was,
  {text("$.outcome")} AS outcome, from_json(body -> '$.fired', '["VARCHAR"]') AS fired,
  {said_list("/words")} AS words, from_json(body -> '$.unknown', '["VARCHAR"]') AS unknown,
  ({text("$.missed")})::BIGINT AS missed, {text("$.rules")} AS rules, {text("$.against")} AS against
FROM entries WHERE kind = 'shadow_decision'""",
)

RULE_FILES = View(
    "rule_files",
    "The files of every rule set that ever decided.",
    (
        ("rules", "VARCHAR", "Hash of the rule set"),
        ("name", "VARCHAR", "Name of the file"),
        ("text", "VARCHAR", "What it says"),
    ),
    "SELECT hash AS rules, name, text FROM segments.rule_file",
)

KEY_CHANGES = View(
    "key_changes",
    "What was done to the keys of record tokens.",
    (
        SEQ,
        WHEN,
        ("act", "VARCHAR", "`key_rotated`, `key_revoked` or `record_tokens_revoked`"),
        ("key", "BIGINT", "The key that signs from then on, or that counts no more"),
        ("older_until", "TIMESTAMP", "`key_rotated`: until when the key before it is accepted"),
        TABLE,
        RECORD,
        ("by", "VARCHAR", "Who did it"),
        ("reason", "VARCHAR", "Why, as they said"),
        ("request", "VARCHAR", "Twice the same: an engine died over it, and it was done once"),
    ),
    f"""SELECT seq, recorded_at, kind AS act, ({text("$.key")})::BIGINT AS key,
  try_cast({text("$.older_until")} AS TIMESTAMP) AS older_until,
  {text("$.ref.table")} AS table_name, ({text("$.ref.id")})::BIGINT AS record,
  {said("/by")} AS by, {said("/reason")} AS reason, {text("$.request")} AS request
FROM entries WHERE kind IN ('key_rotated', 'key_revoked', 'record_tokens_revoked')""",
)

RULE_STATISTICS = View(
    "rule_statistics",
    "How often each rule fired.",
    (
        ACCOUNT,
        ("section", "VARCHAR", "`guard`, `filters`, `access`, `mapping`, `updates`, ..."),
        RULE,
        ("shadow", "BOOLEAN", "Whether it was only logged"),
        ("times", "BIGINT", "How often it fired"),
        ("first_at", "TIMESTAMP", "When it first fired"),
        ("last_at", "TIMESTAMP", "When it last fired"),
    ),
    """SELECT account, section, rule, shadow, count(DISTINCT (seq, step)) AS times,
  min(recorded_at) AS first_at, max(recorded_at) AS last_at
FROM why GROUP BY account, section, rule, shadow""",
)

INTEGRITY = View(
    "integrity",
    "Whether each entry is what it was when it was written: everything is computed anew.",
    (
        SEQ,
        ("leaf_holds", "BOOLEAN", "The hash is that of the body"),
        ("follows", "BOOLEAN", "No entry is missing before this one"),
        ("columns_hold", "BOOLEAN", "`kind`, `recorded_at` and `communication` are the body's"),
        ("values_hold", "BOOLEAN", "Every personal value fits its commitment"),
    ),
    f"""SELECT seq, hex(leaf) = upper(sha256('\\x00'::BLOB || encode(body))) AS leaf_holds,
  seq = 1 OR seq - 1 IN (SELECT seq FROM entries) AS follows,
  kind = {text("$.kind")}
    AND recorded_at IS NOT DISTINCT FROM try_cast({text("$.recorded_at")} AS TIMESTAMP)
    AND communication IS NOT DISTINCT FROM ({text("$.communication")})::BIGINT AS columns_hold,
  len([it FOR it IN map_entries(private)
    IF json_extract_string(body, it.key || '/private')
      IS DISTINCT FROM sha256(it.value.salt || encode(it.value.value))]) = 0 AS values_hold
FROM entries""",
)
