-- One row for each attempt: what was asked, and what came of it. It holds no password, no mail
-- address, no phone number and no name.
CREATE TABLE attempts (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    -- As in the answer's X-Request-Id. Callers may choose it, so it is not unique.
    request_id TEXT NOT NULL,
    -- register, confirm or resend.
    operation TEXT NOT NULL,
    -- What came of it. register: created, existing (by an earlier try of the same person) or
    -- not_created; confirm: confirmed or not_confirmed; resend: sent or not_sent; each of
    -- them: unknown.
    outcome TEXT NOT NULL,
    -- The code of the answer, such as confirmation_required or account_exists.
    code TEXT NOT NULL,
    user_sub TEXT,
    cognito_request_id TEXT,
    -- Digests: of the email address or else the phone number, of the user name, and of the
    -- caller's address.
    recipient TEXT,
    username TEXT,
    address TEXT,
    -- The first language of Accept-Language.
    locale TEXT,
    -- Which pepper keyed the digests of this row.
    pepper TEXT NOT NULL,
    -- Its place in a chain: see 0005.
    chain TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    digest TEXT NOT NULL,
    link TEXT NOT NULL
);

CREATE UNIQUE INDEX attempts_chain ON attempts (chain, sequence);

CREATE INDEX attempts_at ON attempts (at);

CREATE INDEX attempts_request_id ON attempts (request_id);

CREATE INDEX attempts_recipient ON attempts (recipient);

CREATE INDEX attempts_username ON attempts (username);

CREATE INDEX attempts_user_sub ON attempts (user_sub);

-- The documents that were agreed to with an attempt. Time, language and the digest of the
-- caller's address are those of the attempt.
CREATE TABLE consents (
    attempt TEXT NOT NULL,
    document TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (attempt, document)
);
