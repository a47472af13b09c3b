"""Views of the log itself, of messages, and of what was decided about them."""

from __future__ import annotations

from postroom_duckdb.view import (
    ACCOUNT,
    HEAD,
    MAIL,
    RECORD,
    RULE,
    SEQ,
    STATE,
    TABLE,
    WHEN,
    View,
    at,
    said,
    said_list,
    some,
    step,
    text,
)

ENTRIES = View(
    "entries",
    "The audit log itself: one row for each entry, as it was hashed.",
    (
        SEQ,
        ("kind", "VARCHAR", "What kind of entry; also in the body"),
        WHEN,
        MAIL,
        ("body", "VARCHAR", "Canonical JSON (RFC 8785); the hash is over this text"),
        ("leaf", "BLOB", "SHA-256 over a zero byte and the body (RFC 6962)"),
        (
            "private",
            'MAP(VARCHAR, STRUCT(salt BLOB, "value" VARCHAR))',
            "Personal values by their place in the body (RFC 6901), as JSON, with their salts",
        ),
    ),
    "SELECT seq, kind, recorded_at, communication, body, leaf, private FROM segments.entry",
)

COMMUNICATIONS = View(
    "communications",
    "Every message, in and out.",
    (
        ("id", "BIGINT", "Number of the message"),
        ACCOUNT,
        ("direction", "VARCHAR", "`in` or `out`"),
        ("received_at", "TIMESTAMP", "When the server took it in, or when it was sent, in UTC"),
        ("decided_at", "TIMESTAMP", "When it was decided, in UTC"),
        ("sender", "VARCHAR", "Address in From, lower case; empty for mail of ours"),
        ("recipients", "VARCHAR[]", "Addresses in To and Cc"),
        ("subject", "VARCHAR", "The subject"),
        ("message_id", "VARCHAR", "Message-ID, without angle brackets"),
        ("refs", "VARCHAR[]", "In-Reply-To and References"),
        ("class", "VARCHAR", "`human`, `bounce`, `auto_reply`, `list`, ...; empty for ours"),
        ("outcome", "VARCHAR", "What became of it: `created`, `updated`, `denied`, ..., `sent`"),
        TABLE,
        RECORD,
        STATE,
        ("verified", "BOOLEAN", "Whether its people count as participants of the record"),
        ("sha256", "VARCHAR", "Of the raw message"),
        ("size", "BIGINT", "Of the raw message, in bytes"),
        ("note", "VARCHAR", "The words of the report, if mail of ours came back"),
        ("pack", "INTEGER", "Which file in `packs` holds the raw message, if it is kept"),
        ("pack_offset", "BIGINT", "Where its zstd frame begins in that file"),
        ("pack_length", "BIGINT", "How long the frame is"),
    ),
    """SELECT id, account, direction, received_at, decided_at, sender,
  CASE WHEN recipients = '' THEN [] ELSE string_split(recipients, chr(10)) END AS recipients,
  subject, message_id,
  CASE WHEN refs = '' THEN [] ELSE string_split(refs, chr(10)) END AS refs,
  class, outcome, table_name, record, sender_state, verified, sha256, size,
  coalesce(notes.note, '') AS note, pack, pack_offset, pack_length
FROM segments.communication
LEFT JOIN (SELECT communication, arg_max(note, commit_number) AS note
  FROM segments.note GROUP BY communication) AS notes ON notes.communication = id""",
)

RAW_LET_GO = View(
    "raw_let_go",
    "Messages whose raw bytes are no longer kept (`keep_raw`); all else about them is.",
    (
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
        ("sha256", "VARCHAR", "Of the raw message that was"),
        ("decided_before", "TIMESTAMP", "What was decided before that time could go, in UTC"),
    ),
    f"SELECT {HEAD}, {text('$.sha256')} AS sha256, "
    f"({text('$.decided_before')})::TIMESTAMP AS decided_before "
    "FROM entries WHERE kind = 'raw_let_go'",
)

DECISIONS = View(
    "decisions",
    "What became of each message that came in.",
    (
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
        ("outcome", "VARCHAR", "`created`, `updated`, `discarded`, `denied`, `quarantined`, ..."),
        ("reasons", "VARCHAR[]", "Why, in plain words, the deciding one first"),
        ("fired", "VARCHAR[]", "Ids of the rules that fired, in order, without shadow rules"),
        TABLE,
        RECORD,
        ("change", "VARCHAR", "`create` or `update`"),
        ("sender", "VARCHAR", "Address in From"),
        ("subject", "VARCHAR", "The subject"),
        STATE,
        ("principal", "VARCHAR", "As whom the sender acted"),
        ("dmarc", "VARCHAR", "What the trusted server said of DMARC"),
        ("class", "VARCHAR", "`human`, `bounce`, `auto_reply`, `list`, ..."),
        ("repeats", "BIGINT", "The message whose bytes it repeats"),
        ("mailbox", "VARCHAR", "Where it lay on the server"),
        ("epoch", "VARCHAR", "UIDVALIDITY of that mailbox"),
        ("key", "VARCHAR", "UID, or what else the server calls it by"),
        ("message_id", "VARCHAR", "Message-ID"),
        ("sha256", "VARCHAR", "Of the raw message"),
        ("rules", "VARCHAR", "Hash of the rule set that decided"),
        ("microseconds", "BIGINT", "How long the decision took"),
    ),
    f"""SELECT {HEAD}, {text("$.outcome")} AS outcome, {said_list("/reasons")} AS reasons,
  [rule.id FOR rule IN from_json(body -> '$.fired', '[{{"id": "VARCHAR", "shadow": "BOOLEAN"}}]')
    IF NOT rule.shadow] AS fired,
  {text("$.effects.record.table")} AS table_name,
  ({text("$.effects.record.id")})::BIGINT AS record,
  {text("$.effects.record.change")} AS change,
  {said("/message/from")} AS sender, {said("/message/subject")} AS subject,
  {text("$.sender_state")} AS sender_state, {said("/principal")} AS principal,
  {text("$.message.auth.dmarc")} AS dmarc, {text("$.message.class")} AS class,
  ({text("$.repeats")})::BIGINT AS repeats,
  {text("$.message.place.mailbox")} AS mailbox, {text("$.message.place.epoch")} AS epoch,
  {text("$.message.place.key")} AS key, {said("/message/message_id")} AS message_id,
  {text("$.message.sha256")} AS sha256, {text("$.rules")} AS rules,
  ({text("$.microseconds")})::BIGINT AS microseconds
FROM entries WHERE kind = 'decision'""",
)

_FIRED = (
    '[{"id": "VARCHAR", "section": "VARCHAR", "place": "VARCHAR", "effect": "VARCHAR", '
    '"shadow": "BOOLEAN", "because": [{"text": "VARCHAR", "place": "VARCHAR", "held": "BOOLEAN", '
    '"read": ["VARCHAR"]}]}]'
)
_READ = f"'/read/' || {step('field')}"

WHY = View(
    "why",
    "Each rule that fired, with each comparison that made it fire and what the comparison read.",
    (
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
        ("outcome", "VARCHAR", "What became of the message"),
        ("step", "BIGINT", "Which rule in order, from 1"),
        RULE,
        ("section", "VARCHAR", "`guard`, `filters`, `access`, `mapping`, `updates`, ..."),
        ("place", "VARCHAR", "`file:line:column` of the rule; empty for a built-in guard"),
        ("effect", "VARCHAR", "What the rule asked for"),
        ("shadow", "BOOLEAN", "Whether it was only logged"),
        ("comparison", "VARCHAR", "The comparison, as written; NULL for a rule without condition"),
        ("comparison_place", "VARCHAR", "`file:line:column` of the comparison"),
        ("held", "BOOLEAN", "Whether it was true"),
        ("operands", "VARCHAR[]", "What it read: `name = value`, the value as JSON"),
    ),
    f"""WITH rules AS (
  SELECT *, unnest(from_json(body -> '$.fired', '{_FIRED}')) AS rule,
    generate_subscripts(from_json(body -> '$.fired', '["JSON"]'), 1) AS step
  FROM entries WHERE kind = 'decision'
), comparisons AS (
  SELECT *, unnest(CASE WHEN len(rule.because) = 0 THEN [NULL] ELSE rule.because END) AS it
  FROM rules
)
SELECT {HEAD}, {text("$.outcome")} AS outcome, step, rule.id AS rule, rule.section AS section,
  rule.place AS place, rule.effect AS effect, rule.shadow AS shadow, it.text AS comparison,
  it.place AS comparison_place, it.held AS held,
  [field || ' = ' || coalesce({at(_READ)}, 'erased') FOR field IN coalesce(it.read, [])] AS operands
FROM comparisons""",
)

QUARANTINED = some(
    DECISIONS,
    "quarantined",
    "Messages that were put aside, and why.",
    "seq recorded_at account communication reasons fired sender subject",
    "outcome = 'quarantined'",
)

REVIEWS = View(
    "reviews",
    "What people did about messages that were put aside.",
    (
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
        ("act", "VARCHAR", "`released`, `vouched` (for the sender too), `replayed`, `discarded`"),
        ("outcome", "VARCHAR", "What became of it"),
        ("became", "BIGINT", "The communication under which it was decided again"),
        ("by", "VARCHAR", "Who did it"),
        ("reason", "VARCHAR", "Why, in their words"),
    ),
    f"""SELECT {HEAD}, {text("$.act")} AS act, {text("$.outcome")} AS outcome,
  ({text("$.became")})::BIGINT AS became, {said("/by")} AS by, {said("/reason")} AS reason
FROM entries WHERE kind = 'message_reviewed'""",
)

REVIEW_QUEUE = some(
    QUARANTINED,
    "review_queue",
    "Messages that were put aside and that nobody has decided about.",
    "seq recorded_at account communication reasons fired sender subject",
    "communication NOT IN (SELECT communication FROM reviews)",
)

UNVERIFIED_UPDATES = some(
    DECISIONS,
    "unverified_updates",
    "Updates of records by senders of whom it is not certain who they are.",
    "seq recorded_at account communication table_name record sender subject sender_state "
    "principal fired",
    "change = 'update' AND sender_state <> 'aligned'",
)
