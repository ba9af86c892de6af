-- Times are microseconds since 1970, UTC. Hot state and cold bodies stand in separate tables.
--
-- Checks of words are chains of OR: for a list behind IN, SQLite builds a table of its own whenever a row is written.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    seq                 INTEGER PRIMARY KEY,
    tracking_id         BLOB    NOT NULL CHECK (length(tracking_id) = 16),
    account             TEXT    NOT NULL,             -- key; '' when the message names none
    content_hash        BLOB    NOT NULL CHECK (length(content_hash) = 32),
    lead                TEXT,                         -- key
    user_account        TEXT,
    sender              TEXT    NOT NULL,
    subject             TEXT    NOT NULL,
    tag                 TEXT,
    stream              TEXT,
    metadata            TEXT    NOT NULL,             -- JSON object
    route               TEXT    NOT NULL,
    size                INTEGER NOT NULL,             -- bytes, encoded
    priority            INTEGER NOT NULL CHECK (priority IN (0, 1)),
    essential           INTEGER NOT NULL CHECK (essential IN (0, 1)),
    templated           INTEGER NOT NULL CHECK (templated IN (0, 1)),
    state               TEXT    NOT NULL CHECK (
        state = 'queued' OR state = 'sending' OR state = 'retry-wait' OR state = 'in-doubt'
        OR state = 'sent' OR state = 'rejected' OR state = 'suppressed' OR state = 'cancelled'),
    state_since         INTEGER NOT NULL,
    next_at             INTEGER,                      -- when it may be claimed
    attempts            INTEGER NOT NULL DEFAULT 0,
    accepted_at         INTEGER NOT NULL,
    not_before          INTEGER NOT NULL,             -- accepted_at, or the later moment the caller asked for
    finalized_at        INTEGER,
    reason              TEXT,
    provider            TEXT,
    provider_message_id TEXT,
    doubled             INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, tracking_id),
    CHECK ((finalized_at IS NOT NULL)
        = (state = 'sent' OR state = 'rejected' OR state = 'suppressed' OR state = 'cancelled')),
    CHECK ((next_at IS NOT NULL) = (state IN ('queued', 'retry-wait'))),
    CHECK (attempts > 0 OR NOT (state = 'sending' OR state = 'in-doubt' OR state = 'sent'))
) STRICT;
CREATE INDEX messages_due ON messages (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX messages_in_turn ON messages (priority, account, next_at, seq) WHERE next_at IS NOT NULL;
CREATE INDEX messages_by_tracking ON messages (tracking_id);
CREATE INDEX messages_by_lead ON messages (account, lead) WHERE lead IS NOT NULL;
CREATE INDEX messages_open ON messages (state, seq) WHERE state IN ('sending', 'in-doubt');
CREATE INDEX messages_by_provider_id ON messages (provider_message_id) WHERE provider_message_id IS NOT NULL;

CREATE TABLE recipients (
    message     INTEGER NOT NULL REFERENCES messages (seq),
    position    INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind = 'to' OR kind = 'cc' OR kind = 'bcc'),
    address     TEXT    NOT NULL,
    name        TEXT,
    address_key TEXT    NOT NULL,
    status      TEXT,
    status_at   INTEGER,
    reason      TEXT,
    PRIMARY KEY (message, position),
    CHECK ((status IS NULL) = (status_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX recipients_by_address ON recipients (address_key, message);

CREATE TABLE bodies (
    message INTEGER PRIMARY KEY REFERENCES messages (seq),
    content TEXT NOT NULL                             -- JSON, see store/content.rs
) STRICT;

CREATE TABLE blobs (
    hash  BLOB PRIMARY KEY CHECK (length(hash) = 32),
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE attachments (
    message      INTEGER NOT NULL REFERENCES messages (seq),
    position     INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    content_id   TEXT,
    blob         BLOB    NOT NULL REFERENCES blobs (hash),
    PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    seq                 INTEGER PRIMARY KEY,
    message             INTEGER NOT NULL REFERENCES messages (seq),
    number              INTEGER NOT NULL CHECK (number > 0),
    provider            TEXT    NOT NULL,
    plugin_name         TEXT    NOT NULL,
    plugin_version      TEXT    NOT NULL,
    plugin_hash         TEXT    NOT NULL,
    provider_account    TEXT,                         -- the fingerprint that `check` gave; a lookup elsewhere proves nothing
    stream              TEXT,
    masked              TEXT    NOT NULL,             -- JSON list of recipient positions this attempt is not for
    decision            TEXT    NOT NULL,             -- JSON, routing::Decision
    epoch               INTEGER NOT NULL,
    claimed_at          INTEGER NOT NULL,
    soft_deadline       INTEGER NOT NULL,
    hard_deadline       INTEGER NOT NULL,
    finished_at         INTEGER,
    outcome             TEXT,
    provider_code       TEXT,
    detail              TEXT,
    provider_message_id TEXT,
    next                TEXT,                         -- what happens next, for people
    next_at             INTEGER,
    asked               INTEGER NOT NULL DEFAULT 0,   -- lookups so far
    asked_at            INTEGER,
    absent_since        INTEGER,                      -- the first lookup that counts towards presumed absence
    presumed_absent_at  INTEGER,
    UNIQUE (message, number),
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
) STRICT;
CREATE INDEX attempts_open ON attempts (epoch, seq) WHERE finished_at IS NULL;
CREATE INDEX attempts_in_doubt ON attempts (provider, seq) WHERE outcome = 'in-doubt';
CREATE INDEX attempts_by_provider_id ON attempts (provider, provider_message_id) WHERE provider_message_id IS NOT NULL;

CREATE TABLE exact_states (
    route TEXT PRIMARY KEY,
    state TEXT NOT NULL                               -- JSON, routing::ExactState
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks (
    seq         INTEGER PRIMARY KEY,
    provider    TEXT    NOT NULL,
    dedupe_key  TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    path        TEXT    NOT NULL,
    query       TEXT    NOT NULL,
    headers     TEXT    NOT NULL,                     -- JSON, never Authorization or Cookie
    body        BLOB    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('parsed', 'set-aside')),
    reason      TEXT,
    UNIQUE (provider, dedupe_key),
    CHECK ((reason IS NOT NULL) = (state = 'set-aside'))
) STRICT;

CREATE TABLE events (
    seq                 INTEGER PRIMARY KEY,
    message             INTEGER REFERENCES messages (seq),  -- NULL: an orphan that waits for its message
    provider            TEXT    NOT NULL,
    dedupe_key          TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    recipient_key       TEXT,
    account             TEXT,
    tracking_id         BLOB,
    provider_message_id TEXT,
    occurred_at         INTEGER NOT NULL,
    received_at         INTEGER NOT NULL,
    detail              TEXT,
    suppresses          INTEGER CHECK (suppresses IN (0, 1)),
    webhook             INTEGER REFERENCES webhooks (seq),
    UNIQUE (provider, dedupe_key)
) STRICT;
CREATE INDEX events_by_message ON events (message, occurred_at) WHERE message IS NOT NULL;
CREATE INDEX events_orphaned ON events (tracking_id) WHERE message IS NULL;
CREATE INDEX events_orphaned_by_provider_id ON events (provider, provider_message_id) WHERE message IS NULL;

-- Every word ever heard about a contact; append only.
CREATE TABLE flags (
    seq         INTEGER PRIMARY KEY,
    scope       TEXT    NOT NULL,                     -- account key, or '*' for every account
    subject     TEXT    NOT NULL CHECK (subject IN ('lead', 'address')),
    subject_key TEXT    NOT NULL,
    suppress    INTEGER NOT NULL CHECK (suppress IN (0, 1)),
    reason      TEXT    NOT NULL,
    origin      TEXT    NOT NULL,
    source      TEXT    NOT NULL,                     -- how the host heard of it
    at          INTEGER NOT NULL,                     -- when it happened
    recorded_at INTEGER NOT NULL,
    message     INTEGER REFERENCES messages (seq),
    event_id    TEXT,                                 -- the service's id of the event
    webhook     INTEGER,                              -- webhooks.seq, which may have been removed by retention since
    note        TEXT
) STRICT;
CREATE INDEX flags_by_subject ON flags (subject, subject_key, scope);
CREATE TRIGGER flags_are_not_changed BEFORE UPDATE ON flags
    BEGIN SELECT RAISE (ABORT, 'the history of flags is append only'); END;
CREATE TRIGGER flags_are_not_deleted BEFORE DELETE ON flags
    BEGIN SELECT RAISE (ABORT, 'the history of flags is append only'); END;

-- What holds now, per reason: derived from `flags`, in the same transaction.
CREATE TABLE do_not_contact (
    scope       TEXT    NOT NULL,
    subject     TEXT    NOT NULL CHECK (subject IN ('lead', 'address')),
    subject_key TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    suppress    INTEGER NOT NULL CHECK (suppress IN (0, 1)),
    at          INTEGER NOT NULL,
    evidence    INTEGER NOT NULL REFERENCES flags (seq),
    PRIMARY KEY (subject, subject_key, scope, reason)
) STRICT, WITHOUT ROWID;

-- Notices about contacts that name a message nobody has seen yet, by our id or by the provider's.
CREATE TABLE orphans (
    seq                 INTEGER PRIMARY KEY,
    account             TEXT,                         -- key; NULL when the notice names none
    tracking_id         BLOB,
    provider_message_id TEXT,
    payload             TEXT    NOT NULL UNIQUE,      -- JSON, see store/sqlite/orphans.rs
    received_at         INTEGER NOT NULL,
    CHECK (tracking_id IS NOT NULL OR provider_message_id IS NOT NULL)
) STRICT;
CREATE INDEX orphans_by_tracking ON orphans (tracking_id) WHERE tracking_id IS NOT NULL;
CREATE INDEX orphans_by_provider_id ON orphans (provider_message_id) WHERE provider_message_id IS NOT NULL;

CREATE TABLE feed (
    seq  INTEGER PRIMARY KEY AUTOINCREMENT,
    at   INTEGER NOT NULL,
    kind TEXT    NOT NULL,
    body TEXT    NOT NULL                             -- JSON
) STRICT;
