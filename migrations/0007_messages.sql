-- How many codes were sent to the numbers of each calling code, minute by minute, and how many
-- were confirmed, so that replicas agree on where few of them are. Nothing here is of a person.
CREATE TABLE calling_codes (
    -- Such as 44.
    calling_code BIGINT NOT NULL,
    -- Minutes since 1970 (UTC).
    minute BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,
    PRIMARY KEY (calling_code, minute)
);

CREATE INDEX calling_codes_minute ON calling_codes (minute);

-- Whom the messages of a user name go to, for a week: who asks for another code by a name that is
-- no address gives no address with it.
CREATE TABLE message_recipients (
    -- The digest of the user name.
    name TEXT NOT NULL PRIMARY KEY,
    -- Of its phone number, where codes go by SMS.
    calling_code BIGINT,
    -- Digests of the email address and the phone number, by the key of the limits, with a space
    -- between them.
    recipients TEXT NOT NULL,
    -- From then on it is forgotten.
    expires_at BIGINT NOT NULL
);

CREATE INDEX message_recipients_expires_at ON message_recipients (expires_at);
