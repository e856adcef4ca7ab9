-- The codes that were sent to Cognito within a day, so that a second, identical confirm (a mail
-- scanner, a double click) is a success like the first.
CREATE TABLE confirmations (
    -- The digest of user name and code.
    id TEXT NOT NULL PRIMARY KEY,
    -- unknown (also while it is under way) or confirmed.
    state TEXT NOT NULL,
    -- The confirm that is under way: a number of its own, and until when it may take.
    holder TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX confirmations_expires_at ON confirmations (expires_at);
