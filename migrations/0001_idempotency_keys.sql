-- What became of each Idempotency-Key, so that a request that is sent twice happens once.
--
-- Every table here runs on SQLite and on PostgreSQL as it stands: texts and whole numbers
-- alone. Times are milliseconds since 1970 (UTC). Digests are keyed (HMAC-SHA256, base64url):
-- without the pepper they give nothing to guess by.
CREATE TABLE idempotency_keys (
    -- The digest of route, app client and Idempotency-Key.
    id TEXT NOT NULL PRIMARY KEY,
    -- The digest of the body, normalised.
    fingerprint TEXT NOT NULL,
    -- The request that may send: a number of its own, made at random.
    holder TEXT NOT NULL,
    -- Until when it may. After that its outcome is unknown, and another takes over.
    lease_until BIGINT NOT NULL,
    -- How often another took over.
    takeovers BIGINT NOT NULL,
    -- The final answer, sealed with a key that only the Idempotency-Key and the pepper give.
    answer TEXT,
    -- From then on the key is as good as new.
    expires_at BIGINT NOT NULL
);

CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);
