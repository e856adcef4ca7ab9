-- A writer that could not write writes here first, since that a database can be read is no
-- proof that it can be written to.
CREATE TABLE heartbeats (
    writer BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
