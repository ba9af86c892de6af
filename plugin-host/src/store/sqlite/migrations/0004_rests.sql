-- Providers that rest, so that a process that begins anew asks each with one message first.
CREATE TABLE rests (
    record TEXT NOT NULL                              -- JSON, routing::HealthRecord
) STRICT;
