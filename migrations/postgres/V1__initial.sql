-- Ids are 64 bits: milliseconds since 1970 (UTC) in the upper bits, a counter in the lower 20. So
-- rows lie in the order of time, and a period is a range of ids. Digests are HMAC-SHA256, keyed
-- by `database.key`, and truncated to 16 bytes.

-- The intent of a SignUp. The writer inserts it before the call. The cleanup deletes it after 15
-- minutes.
CREATE TABLE sign_ups (
    id BIGINT PRIMARY KEY,
    -- Digest of the user name.
    name BYTEA NOT NULL,
    -- Digest of name and password, and of the recipients if the name is chosen.
    pair BYTEA NOT NULL,
    -- Digest of the client's network.
    network BYTEA NOT NULL,
    -- 1 if the service looked up earlier sign-ups, because Cognito responded with
    -- UsernameExistsException or the pre-sign-up trigger rejected the sign-up. The service sets it
    -- before it stores the outcome.
    existed BIGINT
);

CREATE INDEX sign_ups_name ON sign_ups (name);

-- The intent of a ConfirmSignUp. The writer inserts it before the call. The cleanup deletes it
-- after a day.
CREATE TABLE confirms (
    id BIGINT PRIMARY KEY,
    -- Digest of the user name.
    name BYTEA NOT NULL,
    -- Digest of user name and code.
    code BYTEA NOT NULL
);

CREATE INDEX confirms_name ON confirms (name);

-- The request that holds an Idempotency-Key.
CREATE TABLE idempotency_keys (
    -- Digest of route, app client and Idempotency-Key.
    key BYTEA PRIMARY KEY,
    -- Id of the request that holds it.
    claim BIGINT NOT NULL,
    -- Digest of the body.
    fingerprint BYTEA NOT NULL,
    -- 1 if an earlier request with this key had an unknown outcome.
    is_takeover BIGINT NOT NULL
);

CREATE INDEX idempotency_keys_claim ON idempotency_keys (claim);

-- The end of the request that holds an Idempotency-Key.
CREATE TABLE responses (
    -- Id of the request.
    id BIGINT PRIMARY KEY,
    -- The final response, encrypted with a key derived from the Idempotency-Key. NULL if the
    -- outcome is unknown.
    response BYTEA
);

-- The recipients of messages to a user name that does not contain them (modes `chosen` and
-- `generated`). The service deletes them after a confirm, and after `audit.retention_accounts`.
-- `vestibule accounts unconfirmed` and `vestibule audit erase` delete them, too.
CREATE TABLE recipients (
    id BIGINT PRIMARY KEY,
    name BYTEA NOT NULL,
    calling_code BIGINT,
    -- Digests, separated by spaces.
    recipients TEXT NOT NULL
);

CREATE INDEX recipients_name ON recipients (name);

-- The audit log: one row for each call to Cognito. It holds no password, email address, phone
-- number or user name.
CREATE TABLE attempts (
    -- Id of the intent, if there is one.
    id BIGINT PRIMARY KEY,
    -- The seal that covers the row.
    seal BIGINT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    -- `code` or `status` of the response.
    code TEXT NOT NULL,
    -- Outcome for the next attempt of the same user: 1 unknown, 2 code not delivered, 3 created,
    -- 4 confirmed, 5 the account existed, 6 created without a code. NULL for a
    -- resend, and if the call changed nothing.
    memory BIGINT,
    -- Ids. 16 bytes are a UUID, any other number of bytes is a text.
    request_id BYTEA,
    user_sub BYTEA,
    cognito_request_id BYTEA,
    -- Digests. `username` is NULL if it equals the recipient.
    recipient BYTEA,
    username BYTEA,
    address BYTEA,
    -- First language of Accept-Language.
    locale TEXT,
    -- Documents and versions, as a JSON object.
    consents TEXT,
    -- Keyed digest of the row as the writer inserted it. An erasure does not change it.
    digest BYTEA NOT NULL,
    -- Time of the erasure, and its MAC.
    erased_at BIGINT,
    erased_mac BYTEA
);

-- Seals: each covers the attempts that one writer wrote in about a minute. The numbers have no
-- gaps, and the MAC of a closed seal covers its number. `vestibule audit verify` therefore finds a
-- seal that is missing between two others.
CREATE TABLE seals (
    id BIGINT PRIMARY KEY,
    -- `accounts` or `rejections`. Each kind has its own retention.
    kind TEXT NOT NULL,
    -- Name of the `database.key` of its MAC.
    key TEXT NOT NULL,
    -- Milliseconds since 1970 (UTC).
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    -- Number of rows, and the sum of their digests.
    row_count BIGINT,
    digest_sum BYTEA,
    -- Range of the ids of its rows.
    first_id BIGINT,
    last_id BIGINT,
    mac BYTEA,
    -- Time at which the cleanup had deleted the rows, and the MAC of that time. During the
    -- deletion, only `expired_mac` is set.
    expired_at BIGINT,
    expired_mac BYTEA
);

CREATE INDEX seals_open ON seals (opened_at) WHERE mac IS NULL;

CREATE INDEX seals_kept ON seals (kind, last_id) WHERE mac IS NOT NULL AND expired_at IS NULL;

-- Search index of the audit log, in runs of a fixed number of attempts: the fingerprints of a run,
-- split into buckets by one of their bytes. If all rows are deleted, the cleanup writes them again.
CREATE TABLE lookup (
    -- Id of the last attempt of the run.
    run BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    -- Entries of 12 bytes: 4 of a fingerprint, 8 of the attempt's id.
    entries BYTEA NOT NULL,
    PRIMARY KEY (run, bucket)
);

-- Numbers of requests that were rejected before a call, by minute since 1970 (UTC).
CREATE TABLE rejections (
    minute BIGINT NOT NULL,
    operation TEXT NOT NULL,
    code TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (minute, operation, code)
);

-- Numbers of codes that were sent and confirmed, by calling code and minute since 1970 (UTC).
CREATE TABLE calling_codes (
    minute BIGINT NOT NULL,
    calling_code BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,
    PRIMARY KEY (minute, calling_code)
);

-- The version of the tables that a service must know at least. A migration that older services do
-- not work with raises it.
CREATE TABLE compatibility (
    id BIGINT PRIMARY KEY,
    compatible_from BIGINT NOT NULL
);

INSERT INTO compatibility (id, compatible_from) VALUES (1, 1);

-- One row. The writer writes it to check that the database accepts writes.
CREATE TABLE heartbeat (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL
);

-- The key of all digests, if `database.key` is not set.
CREATE TABLE database_key (
    id BIGINT PRIMARY KEY,
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Each writer reserves blocks of 1,024 counters for its ids, so that no two ids are equal.
CREATE SEQUENCE id_blocks;
