-- The sign-ups of the last 15 minutes that may have created an account, so that nobody is told
-- that somebody else has theirs.
CREATE TABLE recent_sign_ups (
    -- The call: a number of its own, made at random.
    id TEXT NOT NULL PRIMARY KEY,
    -- The digest of the recipient or the user name.
    name TEXT NOT NULL,
    -- The digest of that and the password.
    password TEXT NOT NULL,
    -- in_flight, guessed (the account existed, and the password was another), unknown,
    -- code_not_delivered, created or confirmed.
    state TEXT NOT NULL,
    -- Until when a call that is in flight may take. After that its process is gone, and its
    -- outcome unknown.
    lease_until BIGINT NOT NULL,
    -- From then on it is forgotten.
    expires_at BIGINT NOT NULL
);

CREATE INDEX recent_sign_ups_name ON recent_sign_ups (name);

CREATE INDEX recent_sign_ups_expires_at ON recent_sign_ups (expires_at);
