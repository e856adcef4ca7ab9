-- The key of all digests, if the settings name none. It is created once and shared by all replicas.
CREATE TABLE database_key (
    -- Always 1.
    id BIGINT PRIMARY KEY,
    secret TEXT NOT NULL,
    -- Milliseconds since 1970 (UTC).
    created_at BIGINT NOT NULL
);
