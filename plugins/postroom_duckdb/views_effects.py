"""Views of what decisions led to: values, notices, server actions."""

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


def _history(part: str, change: str) -> str:
    before = at(f"'/before/' || {step('field')}")
    after = at(f"'/{part}/' || {step('field')}")
    return f"""SELECT {HEAD}, {text("$.ref.table")} AS table_name,
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
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
        TABLE,
        RECORD,
        ("revision", "BIGINT", "Of the record, after the change"),
        ("field", "VARCHAR", "The field"),
        ("change", "VARCHAR", "`set`, or `added` to the end of what is there"),
        ("before", "VARCHAR", "What it held; NULL for a new record and for what is added"),
        ("after", "VARCHAR", "What it holds, or what was added; lists as JSON"),
        RULE,
        ("place", "VARCHAR", "`file:line:column` of what gave the value"),
        STATE,
        ("origin", "VARCHAR", "`mail`, or what else brought it about: `import`, `link`"),
    ),
    f"{_history('values', chr(39) + 'set' + chr(39))}\nUNION ALL BY NAME\n"
    f"{_history('added', chr(39) + 'added' + chr(39))}",
)

LINKS = View(
    "links",
    "Records that refer to what another account, with the same address, made of the same message.",
    (
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
        TABLE,
        RECORD,
        ("field", "VARCHAR", "The field that refers"),
        ("refers_to", "BIGINT", "The record of the primary, in the table that the field names"),
    ),
    "SELECT seq, recorded_at, account, communication, table_name, record, field, "
    "after::BIGINT AS refers_to FROM field_history WHERE rule = 'shared'",
)

NOTICES = View(
    "notices",
    "What was to be sent, and what became of each attempt.",
    (
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
        ("event", "VARCHAR", "`queued`, `sent`, `retried`, `refused` or `unknown`"),
        ("notice_key", "VARCHAR", "Idempotency key: the same notice always has the same one"),
        ("notice", "VARCHAR", "`answer`, `alert` or `forward`"),
        RULE,
        ("template", "VARCHAR", "The template"),
        ("notifier", "VARCHAR", "What it went through: `smtp`, `file`, ..."),
        ("recipients", "VARCHAR[]", "To whom"),
        TABLE,
        RECORD,
        ("attempt", "BIGINT", "Which attempt, from 1; NULL for `queued`"),
        ("detail", "VARCHAR", "What the other side said"),
        ("sent", "BIGINT", "The communication that the message became"),
    ),
    f"""SELECT {HEAD}, replace(kind, 'notice_', '') AS event, {text("$.key")} AS notice_key,
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
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
        RULE,
        ("template", "VARCHAR", "The template"),
        ("reason", "VARCHAR", "Why it was not sent"),
    ),
    f"""SELECT {HEAD}, it ->> '$.rule' AS rule, it ->> '$.template' AS template,
  it ->> '$.reason' AS reason
FROM (SELECT *, unnest(from_json(body -> '$.effects.suppressed', '["JSON"]')) AS it
  FROM entries WHERE kind = 'decision')""",
)

SERVER_ACTIONS = View(
    "server_actions",
    "What was done to messages on their servers.",
    (
        SEQ,
        WHEN,
        ACCOUNT,
        MAIL,
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
    f"""SELECT {HEAD}, {text("$.verb")} AS verb, {text("$.target")} AS target,
  kind <> 'server_action_failed' AS done, ({text("$.final")})::BOOLEAN AS final,
  {said("/detail")} AS detail, {text("$.place.mailbox")} AS mailbox,
  {text("$.place.epoch")} AS epoch, {text("$.place.key")} AS key, {text("$.sha256")} AS sha256
FROM entries WHERE kind LIKE 'server\\_%' ESCAPE '\\'""",
)

BOUNCES = View(
    "bounces",
    "Mail of ours that came back, and the record that it was about.",
    (
        SEQ,
        WHEN,
        ACCOUNT,
        ("communication", "BIGINT", "The delivery report"),
        ("bounced", "BIGINT", "The communication that came back"),
        TABLE,
        RECORD,
        ("words", "VARCHAR", "Whom it did not reach, and what the server said"),
    ),
    f"""SELECT {HEAD}, ({text("$.bounced")})::BIGINT AS bounced,
  {text("$.ref.table")} AS table_name, ({text("$.ref.id")})::BIGINT AS record,
  {said("/words")} AS words
FROM entries WHERE kind = 'message_bounced'""",
)

DELETED_FROM_SERVER = some(
    SERVER_ACTIONS,
    "deleted_from_server",
    "Messages that we removed from their servers.",
    "seq recorded_at account communication mailbox epoch key sha256 detail",
    "verb = 'delete' AND done",
)
