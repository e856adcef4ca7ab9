-- The confirms of the last day that may have confirmed an account, so that a second, identical
-- one (a mail scanner, a double click) is a success like the first.
CREATE TABLE confirmations (
    -- The confirm: a number of its own, made at random.
    id TEXT NOT NULL PRIMARY KEY,
    -- The digest of user name and code.
    code TEXT NOT NULL,
    -- in_flight, unknown or confirmed.
    state TEXT NOT NULL,
    -- Until when one that is in flight may take. After that its process is gone, and its outcome
    -- unknown.
    lease_until BIGINT NOT NULL,
    -- From then on it is forgotten.
    expires_at BIGINT NOT NULL
);

CREATE INDEX confirmations_code ON confirmations (code);

CREATE INDEX confirmations_expires_at ON confirmations (expires_at);
