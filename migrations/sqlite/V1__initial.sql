-- Ids are 64 bits: milliseconds since 1970 (UTC) in the upper bits, a counter in the lower 20. So
-- rows lie in the order of time, and a period is a range of ids. Digests are HMAC-SHA256, keyed
-- by `database.key`, and truncated to 16 bytes.

-- The intent of a SignUp. The writer inserts it before the call. The cleanup deletes it after 15
-- minutes.
CREATE TABLE sign_ups (
    id INTEGER PRIMARY KEY,
    -- Digest of the user name.
    name BLOB NOT NULL,
    -- Digest of name and password, and of the recipients if the name is chosen.
    pair BLOB NOT NULL,
    -- Digest of the client's network.
    network BLOB NOT NULL,
    -- 1 if the service looked up earlier sign-ups, because Cognito responded with
    -- UsernameExistsException or the pre-sign-up trigger rejected the sign-up. The service sets it
    -- before it stores the outcome.
    existed INTEGER
);

-- The intent of a ConfirmSignUp. The writer inserts it before the call. The cleanup deletes it
-- after a day.
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

-- The end of the request that holds an Idempotency-Key.
CREATE TABLE responses (
    -- Id of the request.
    id INTEGER PRIMARY KEY,
    -- The final response, encrypted with a key derived from the Idempotency-Key. NULL if the
    -- outcome is unknown.
    response BLOB
);

-- The recipients of messages to a user name that does not contain them (modes `chosen` and
-- `generated`). The service deletes them after a confirm, and after `audit.retention_accounts`.
-- `vestibule accounts unconfirmed` and `vestibule audit erase` delete them, too.
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
    -- Outcome for the next attempt of the same user: 1 unknown, 2 code not delivered, 3 created,
    -- 4 confirmed, 5 the account existed, 6 created without a code. NULL for a
    -- resend, and if the call changed nothing.
    memory INTEGER,
    -- Ids. 16 bytes are a UUID, any other number of bytes is a text.
    request_id BLOB,
    user_sub BLOB,
    cognito_request_id BLOB,
    -- Digests. `username` is NULL if it equals the recipient.
    recipient BLOB,
    username BLOB,
    address BLOB,
    -- First language of Accept-Language.
    locale TEXT,
    -- Documents and versions, as a JSON object.
    consents TEXT,
    -- Keyed digest of the row as the writer inserted it. An erasure does not change it.
    digest BLOB NOT NULL,
    -- Time of the erasure, and its MAC.
    erased_at INTEGER,
    erased_mac BLOB
);

-- Seals: each covers the attempts that one writer wrote in about a minute. The numbers have no
-- gaps, and the MAC of a closed seal covers its number. `vestibule audit verify` therefore finds a
-- seal that is missing between two others.
CREATE TABLE seals (
    id INTEGER PRIMARY KEY,
    -- `accounts` or `rejections`. Each kind has its own retention.
    kind TEXT NOT NULL,
    -- Name of the `database.key` of its MAC.
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
    -- Time at which the cleanup had deleted the rows, and the MAC of that time. During the
    -- deletion, only `expired_mac` is set.
    expired_at INTEGER,
    expired_mac BLOB
);

CREATE INDEX seals_open ON seals (opened_at) WHERE mac IS NULL;

CREATE INDEX seals_kept ON seals (kind, last_id) WHERE mac IS NOT NULL AND expired_at IS NULL;

-- Search index of the audit log, in runs of a fixed number of attempts: the fingerprints of a run,
-- split into buckets by one of their bytes. If all rows are deleted, the cleanup writes them again.
CREATE TABLE lookup (
    -- Id of the last attempt of the run.
    run INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    -- Entries of 12 bytes: 4 of a fingerprint, 8 of the attempt's id.
    entries BLOB NOT NULL,
    PRIMARY KEY (run, bucket)
) WITHOUT ROWID;

-- Numbers of requests that were rejected before a call, by minute since 1970 (UTC).
CREATE TABLE rejections (
    minute INTEGER NOT NULL,
    operation TEXT NOT NULL,
    code TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (minute, operation, code)
) WITHOUT ROWID;

-- Numbers of codes that were sent and confirmed, by calling code and minute since 1970 (UTC).
CREATE TABLE calling_codes (
    minute INTEGER NOT NULL,
    calling_code INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    PRIMARY KEY (minute, calling_code)
) WITHOUT ROWID;

-- The version of the tables that a service must know at least. A migration that older services do
-- not work with raises it.
CREATE TABLE compatibility (
    id INTEGER PRIMARY KEY,
    compatible_from INTEGER NOT NULL
);

INSERT INTO compatibility (id, compatible_from) VALUES (1, 1);

-- One row. The writer writes it to check that the database accepts writes.
CREATE TABLE heartbeat (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
);

-- The key of all digests, if `database.key` is not set.
CREATE TABLE database_key (
    id INTEGER PRIMARY KEY,
    secret TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
