-- What makes tampering evident: each writer keeps a chain in which every link is a keyed digest
-- of the one before it and of a row of `attempts`. Without the pepper nobody can make a link
-- or a signature that holds.
CREATE TABLE chains (
    id TEXT NOT NULL PRIMARY KEY,
    -- accounts (what carries an account or a consent) or refusals: they are kept for
    -- different times.
    kind TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    -- Which pepper keys it.
    pepper TEXT NOT NULL,
    -- The end.
    length BIGINT NOT NULL,
    link TEXT NOT NULL,
    -- The keyed digest of all of the above, and of the ends that it has noted.
    signature TEXT NOT NULL
);

-- The ends of other chains that no chain had noted yet when this one began: so none can vanish,
-- or lose what it held then, without a trace.
CREATE TABLE noted_ends (
    -- The chain that noted it.
    chain TEXT NOT NULL,
    noted_chain TEXT NOT NULL,
    length BIGINT NOT NULL,
    link TEXT NOT NULL,
    PRIMARY KEY (chain, noted_chain)
);

CREATE INDEX noted_ends_noted_chain ON noted_ends (noted_chain, length);

-- What stays of an attempt that was deleted lawfully.
CREATE TABLE tombstones (
    chain TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    digest TEXT NOT NULL,
    link TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (chain, sequence)
);

-- Up to where a chain has aged out: its links up to this one are gone lawfully.
CREATE TABLE checkpoints (
    chain TEXT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    link TEXT NOT NULL,
    at BIGINT NOT NULL,
    signature TEXT NOT NULL
);
