-- What an operator has stopped for a while.
CREATE TABLE pauses (
    subject TEXT    NOT NULL CHECK (subject IN ('provider', 'route')),
    name    TEXT    NOT NULL,
    since   INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    PRIMARY KEY (subject, name)
) STRICT, WITHOUT ROWID;

-- Doubts, and those that were given up: a later hit is a second mail. The condition stands word for word in the query.
CREATE INDEX attempts_doubted ON attempts (provider, claimed_at)
    WHERE outcome = 'in-doubt' OR outcome = 'nothing-left' AND asked > 0;
