"""The views that auditors are given, declared once: the docs and the tests read this too.

All of them stand on the bodies of the entries and the personal values beside them. A value that was
erased is NULL.
"""

from __future__ import annotations

from dataclasses import dataclass

from postroom_duckdb.view_parts import at, said, said_list, step, text

Column = tuple[str, str, str]
"""Name, type, and what it says."""


@dataclass(frozen=True, slots=True)
class View:
    """A view: what it shows, its columns, and the query behind it."""

    name: str
    help: str
    columns: tuple[Column, ...]
    sql: str


_SEQ: Column = ("seq", "BIGINT", "Number of the audit entry")
_WHEN: Column = ("recorded_at", "TIMESTAMP", "When, in UTC")
_ACCOUNT: Column = ("account", "VARCHAR", "The account of the rule files")
_MAIL: Column = ("communication", "BIGINT", "The message it is about")
_STATE: Column = (
    "sender_state",
    "VARCHAR",
    "How sure the sender is: `aligned`, `arc`, `known` or `unknown`",
)
_TABLE: Column = ("table_name", "VARCHAR", "The table of the record")
_RECORD: Column = ("record", "BIGINT", "The id of the record")
_RULE: Column = ("rule", "VARCHAR", "The id of the rule")
_HEAD = "seq, recorded_at, body ->> '$.account' AS account, communication"

ENTRIES = View(
    "entries",
    "The audit log itself: one row for each entry, as it was hashed.",
    (
        _SEQ,
        ("kind", "VARCHAR", "What kind of entry; also in the body"),
        _WHEN,
        _MAIL,
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
        _ACCOUNT,
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
        _TABLE,
        _RECORD,
        _STATE,
        ("verified", "BOOLEAN", "Whether its people count as participants of the record"),
        ("sha256", "VARCHAR", "Of the raw message"),
        ("size", "BIGINT", "Of the raw message, in bytes"),
        ("note", "VARCHAR", "The words of the report, if mail of ours came back"),
        ("pack", "INTEGER", "Which file in `packs` holds the raw message"),
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

DECISIONS = View(
    "decisions",
    "What became of each message that came in.",
    (
        _SEQ,
        _WHEN,
        _ACCOUNT,
        _MAIL,
        ("outcome", "VARCHAR", "`created`, `updated`, `discarded`, `denied`, `quarantined`, ..."),
        ("reasons", "VARCHAR[]", "Why, in plain words, the deciding one first"),
        ("fired", "VARCHAR[]", "Ids of the rules that fired, in order, without shadow rules"),
        _TABLE,
        _RECORD,
        ("change", "VARCHAR", "`create` or `update`"),
        ("sender", "VARCHAR", "Address in From"),
        ("subject", "VARCHAR", "The subject"),
        _STATE,
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
    f"""SELECT {_HEAD}, {text("$.outcome")} AS outcome, {said_list("/reasons")} AS reasons,
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
        _SEQ,
        _WHEN,
        _ACCOUNT,
        _MAIL,
        ("outcome", "VARCHAR", "What became of the message"),
        ("step", "BIGINT", "Which rule in order, from 1"),
        _RULE,
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
SELECT {_HEAD}, {text("$.outcome")} AS outcome, step, rule.id AS rule, rule.section AS section,
  rule.place AS place, rule.effect AS effect, rule.shadow AS shadow, it.text AS comparison,
  it.place AS comparison_place, it.held AS held,
  [field || ' = ' || coalesce({at(_READ)}, 'erased') FOR field IN coalesce(it.read, [])] AS operands
FROM comparisons""",
)


def _history(part: str, change: str) -> str:
    before = at(f"'/before/' || {step('field')}")
    after = at(f"'/{part}/' || {step('field')}")
    return f"""SELECT {_HEAD}, {text("$.ref.table")} AS table_name,
  ({text("$.ref.id")})::BIGINT AS record, ({text("$.revision")})::BIGINT AS revision,
  field, {change} AS change, ({before}) ->> '$' AS before, ({after}) ->> '$' AS after,
  json_extract_string(body, '/provenance/' || {step("field")} || '/rule') AS rule,
  json_extract_string(body, '/provenance/' || {step("field")} || '/place') AS place,
  {text("$.sender_state")} AS sender_state, {text("$.origin")} AS origin
FROM (SELECT *, unnest(json_keys(body, '$.{part}')) AS field
  FROM entries WHERE kind IN ('record_created', 'record_updated'))"""


FIELD_HISTORY = View(
    "field_history",
    "Every value that a field of a record ever got, and which rule gave it.",
    (
        _SEQ,
        _WHEN,
        _ACCOUNT,
        _MAIL,
        _TABLE,
        _RECORD,
        ("revision", "BIGINT", "Of the record, after the change"),
        ("field", "VARCHAR", "The field"),
        ("change", "VARCHAR", "`set`, or `added` to the end of what is there"),
        ("before", "VARCHAR", "What it held; NULL for a new record and for what is added"),
        ("after", "VARCHAR", "What it holds, or what was added; lists as JSON"),
        _RULE,
        ("place", "VARCHAR", "`file:line:column` of what gave the value"),
        _STATE,
        ("origin", "VARCHAR", "`mail`, or what else brought it about: `import`"),
    ),
    f"{_history('values', chr(39) + 'set' + chr(39))}\nUNION ALL BY NAME\n"
    f"{_history('added', chr(39) + 'added' + chr(39))}",
)

NOTICES = View(
    "notices",
    "What was to be sent, and what became of each attempt.",
    (
        _SEQ,
        _WHEN,
        _ACCOUNT,
        _MAIL,
        ("event", "VARCHAR", "`queued`, `sent`, `retried`, `refused` or `unknown`"),
        ("notice_key", "VARCHAR", "Idempotency key: the same notice always has the same one"),
        ("notice", "VARCHAR", "`answer`, `alert` or `forward`"),
        _RULE,
        ("template", "VARCHAR", "The template"),
        ("notifier", "VARCHAR", "What it went through: `smtp`, `file`, ..."),
        ("recipients", "VARCHAR[]", "To whom"),
        _TABLE,
        _RECORD,
        ("attempt", "BIGINT", "Which attempt, from 1; NULL for `queued`"),
        ("detail", "VARCHAR", "What the other side said"),
        ("sent", "BIGINT", "The communication that the message became"),
    ),
    f"""SELECT {_HEAD}, replace(kind, 'notice_', '') AS event, {text("$.key")} AS notice_key,
  {text("$.notice")} AS notice, {text("$.rule")} AS rule, {text("$.template")} AS template,
  {text("$.use")} AS notifier, {said_list("/to")} AS recipients,
  {text("$.ref.table")} AS table_name, ({text("$.ref.id")})::BIGINT AS record,
  ({text("$.attempt")})::BIGINT AS attempt, {said("/detail")} AS detail,
  ({text("$.sent")})::BIGINT AS sent
FROM entries WHERE kind LIKE 'notice\\_%' ESCAPE '\\'""",
)

SUPPRESSED_ANSWERS = View(
    "suppressed_answers",
    "Answers that a rule asked for and that were not sent.",
    (
        _SEQ,
        _WHEN,
        _ACCOUNT,
        _MAIL,
        _RULE,
        ("template", "VARCHAR", "The template"),
        ("reason", "VARCHAR", "Why it was not sent"),
    ),
    f"""SELECT {_HEAD}, it ->> '$.rule' AS rule, it ->> '$.template' AS template,
  it ->> '$.reason' AS reason
FROM (SELECT *, unnest(from_json(body -> '$.effects.suppressed', '["JSON"]')) AS it
  FROM entries WHERE kind = 'decision')""",
)

SERVER_ACTIONS = View(
    "server_actions",
    "What was done to messages on their servers.",
    (
        _SEQ,
        _WHEN,
        _ACCOUNT,
        _MAIL,
        ("verb", "VARCHAR", "`flag`, `move` or `delete`"),
        ("target", "VARCHAR", "The flag, or the folder"),
        ("done", "BOOLEAN", "Whether it was done"),
        ("final", "BOOLEAN", "Whether it is not tried again"),
        ("detail", "VARCHAR", "What the server said"),
        ("mailbox", "VARCHAR", "Where the message lay"),
        ("epoch", "VARCHAR", "UIDVALIDITY of that mailbox"),
        ("key", "VARCHAR", "UID, or what else the server calls it by"),
        ("sha256", "VARCHAR", "Of the raw message"),
    ),
    f"""SELECT {_HEAD}, {text("$.verb")} AS verb, {text("$.target")} AS target,
  kind <> 'server_action_failed' AS done, ({text("$.final")})::BOOLEAN AS final,
  {said("/detail")} AS detail, {text("$.place.mailbox")} AS mailbox,
  {text("$.place.epoch")} AS epoch, {text("$.place.key")} AS key, {text("$.sha256")} AS sha256
FROM entries WHERE kind LIKE 'server\\_%' ESCAPE '\\'""",
)


def _some(view: View, name: str, help_: str, columns: str, where: str) -> View:
    """Return a view of some rows and columns of another one."""
    wanted = columns.split()
    known = {column[0]: column for column in view.columns}
    sql = f"SELECT {', '.join(wanted)} FROM {view.name} WHERE {where}"
    return View(name, help_, tuple(known[column] for column in wanted), sql)


DELETED_FROM_SERVER = _some(
    SERVER_ACTIONS,
    "deleted_from_server",
    "Messages that we removed from their servers.",
    "seq recorded_at account communication mailbox epoch key sha256 detail",
    "verb = 'delete' AND done",
)

QUARANTINED = _some(
    DECISIONS,
    "quarantined",
    "Messages that were put aside, and why.",
    "seq recorded_at account communication reasons fired sender subject",
    "outcome = 'quarantined'",
)

UNVERIFIED_UPDATES = _some(
    DECISIONS,
    "unverified_updates",
    "Updates of records by senders of whom it is not certain who they are.",
    "seq recorded_at account communication table_name record sender subject sender_state "
    "principal fired",
    "change = 'update' AND sender_state <> 'aligned'",
)

RULE_CHANGES = View(
    "rule_changes",
    "Rule sets in the order in which they began to decide.",
    (
        _SEQ,
        _WHEN,
        ("rules", "VARCHAR", "Hash of the rule set"),
        ("files", "MAP(VARCHAR, VARCHAR)", "SHA-256 of each file, by name"),
        ("tests", "VARCHAR", "How many of its tests passed and failed, as JSON"),
    ),
    f"""SELECT seq, recorded_at, {text("$.rules")} AS rules,
  from_json(body -> '$.files', '"MAP(VARCHAR, VARCHAR)"') AS files,
  (body -> '$.tests')::VARCHAR AS tests
FROM entries WHERE kind = 'rules_activated'""",
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

RULE_STATISTICS = View(
    "rule_statistics",
    "How often each rule fired.",
    (
        _ACCOUNT,
        ("section", "VARCHAR", "`guard`, `filters`, `access`, `mapping`, `updates`, ..."),
        _RULE,
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
        _SEQ,
        ("leaf_holds", "BOOLEAN", "The hash is that of the body"),
        ("follows", "BOOLEAN", "No entry is missing before this one"),
        ("columns_hold", "BOOLEAN", "`kind`, `recorded_at` and `communication` are the body's"),
        ("values_hold", "BOOLEAN", "Every personal value fits its commitment"),
    ),
    f"""SELECT seq, hex(leaf) = upper(sha256('\\x00'::BLOB || encode(body))) AS leaf_holds,
  seq = 1 + lag(seq, 1, 0) OVER (ORDER BY seq) AS follows,
  kind = {text("$.kind")}
    AND recorded_at IS NOT DISTINCT FROM try_cast({text("$.recorded_at")} AS TIMESTAMP)
    AND communication IS NOT DISTINCT FROM ({text("$.communication")})::BIGINT AS columns_hold,
  len([it FOR it IN map_entries(private)
    IF json_extract_string(body, it.key || '/private')
      IS DISTINCT FROM sha256(it.value.salt || encode(it.value.value))]) = 0 AS values_hold
FROM entries""",
)

VIEWS = (
    COMMUNICATIONS,
    ENTRIES,
    DECISIONS,
    WHY,
    FIELD_HISTORY,
    NOTICES,
    SUPPRESSED_ANSWERS,
    SERVER_ACTIONS,
    DELETED_FROM_SERVER,
    QUARANTINED,
    UNVERIFIED_UPDATES,
    RULE_CHANGES,
    RULE_FILES,
    RULE_STATISTICS,
    INTEGRITY,
)
"""In an order in which each stands on those before it."""
