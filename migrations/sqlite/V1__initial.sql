-- Ids are 64 bits: milliseconds since 1970 (UTC) in the upper bits, a counter in the lower 20. So
-- rows lie in the order of time, and a period is a range of ids. Digests are HMAC-SHA256, keyed
-- by `database.key`, and cut to 16 bytes.

-- The intent of a SignUp: stored before the call, deleted 15 minutes after it.
CREATE TABLE sign_ups (
    id INTEGER PRIMARY KEY,
    -- Digest of the recipient, or else of the user name.
    name BLOB NOT NULL,
    -- Digest of name and password.
    pair BLOB NOT NULL,
    -- Digest of the client's network.
    network BLOB NOT NULL,
    -- 1 if Cognito answered with UsernameExists, and that was looked up before the outcome.
    existed INTEGER
);

-- The intent of a ConfirmSignUp: stored before the call, deleted after a day.
CREATE TABLE confirms (
    id INTEGER PRIMARY KEY,
    -- Digest of the user name.
    name BLOB NOT NULL,
    -- Digest of user name and code.
    code BLOB NOT NULL
);

CREATE INDEX confirms_name ON confirms (name);

-- The request that holds an Idempotency-Key.
CREATE TABLE idempotency_keys (
    -- Digest of route, app client and Idempotency-Key.
    key BLOB PRIMARY KEY,
    -- Id of the request that holds it.
    claim INTEGER NOT NULL,
    -- Digest of the body.
    fingerprint BLOB NOT NULL,
    -- 1 if an earlier request with this key had an unknown outcome.
    is_takeover INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX idempotency_keys_claim ON idempotency_keys (claim);

-- The end of a request that holds an Idempotency-Key.
CREATE TABLE responses (
    -- Id of the request.
    id INTEGER PRIMARY KEY,
    -- The final response, encrypted with a key derived from the Idempotency-Key. NULL if the
    -- outcome is unknown.
    response BLOB
);

-- The recipients of messages to a user name that does not tell them (modes `chosen` and
-- `generated`), until the account is confirmed or purged.
CREATE TABLE recipients (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL,
    calling_code INTEGER,
    -- Digests, separated by spaces.
    recipients TEXT NOT NULL
);

CREATE INDEX recipients_name ON recipients (name);

-- The audit log: one row for each call to Cognito. It holds no password, email address, phone
-- number or user name.
CREATE TABLE attempts (
    -- Id of the intent, if there is one.
    id INTEGER PRIMARY KEY,
    -- The seal that covers the row.
    seal INTEGER NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    -- `code` or `status` of the response.
    code TEXT NOT NULL,
    -- What a repeated sign-up or confirm is told: 1 unknown, 2 code not delivered, 3 created,
    -- 4 confirmed, 5 the account existed.
    memory INTEGER,
    -- Ids: 16 bytes if it is a UUID, otherwise the bytes of the text.
    request_id BLOB,
    user_sub BLOB,
    cognito_request_id BLOB,
    -- Digests. `username` is NULL if it is the recipient.
    recipient BLOB,
    username BLOB,
    address BLOB,
    -- First language of Accept-Language.
    locale TEXT,
    -- Documents and versions, as a JSON object.
    consents TEXT,
    -- Keyed digest of the row as it was written. It stays if the row is erased.
    digest BLOB NOT NULL,
    -- Time of the erasure, and its signature.
    erased_at INTEGER,
    erased_mac BLOB
);

-- Seals: each covers the attempts that one writer wrote in about a minute. The numbers have no
-- gaps, and the signature of a closed seal covers its number, so that none can vanish.
CREATE TABLE seals (
    id INTEGER PRIMARY KEY,
    -- `accounts` or `rejections`: they have different retention.
    kind TEXT NOT NULL,
    -- Name of the `database.key` that signs it.
    key TEXT NOT NULL,
    -- Milliseconds since 1970 (UTC).
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    -- Number of rows, and the sum of their digests.
    row_count INTEGER,
    digest_sum BLOB,
    -- Range of the ids of its rows.
    first_id INTEGER,
    last_id INTEGER,
    mac BLOB,
    -- Time at which the retention deleted its rows, and its signature. While it deletes them, there
    -- is only a signature.
    expired_at INTEGER,
    expired_mac BLOB
);

CREATE INDEX seals_open ON seals (opened_at) WHERE mac IS NULL;

CREATE INDEX seals_kept ON seals (kind, last_id) WHERE mac IS NOT NULL AND expired_at IS NULL;

-- Search index of the audit log, in runs of a fixed number of attempts: the fingerprints of a run,
-- split into buckets by one of their bytes. If the rows are deleted, the service writes them anew.
CREATE TABLE lookup (
    -- Id of the last attempt of the run.
    run INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    -- Entries of 12 bytes: 4 of a fingerprint, 8 of the attempt's id.
    entries BLOB NOT NULL,
    PRIMARY KEY (run, bucket)
) WITHOUT ROWID;

-- Requests that were rejected before a call, by minute since 1970 (UTC).
CREATE TABLE rejections (
    minute INTEGER NOT NULL,
    operation TEXT NOT NULL,
    code TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (minute, operation, code)
) WITHOUT ROWID;

-- Codes that were sent and confirmed, by calling code and minute since 1970 (UTC).
CREATE TABLE calling_codes (
    minute INTEGER NOT NULL,
    calling_code INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    PRIMARY KEY (minute, calling_code)
) WITHOUT ROWID;

-- Written to prove that a database that failed takes writes again.
CREATE TABLE heartbeat (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
);

-- The key of all digests, if the settings have none.
CREATE TABLE database_key (
    id INTEGER PRIMARY KEY,
    secret TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
