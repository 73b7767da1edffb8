-- "Not this person": faces that were taken for an identity and are not it. Times are milliseconds since 1970, UTC. A face
-- of somebody, so few are kept of an identity, for a limited time, and they go with it.
CREATE TABLE rejection (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  identity INTEGER NOT NULL REFERENCES identity ON DELETE CASCADE,
  vector BLOB NOT NULL CHECK (length(vector) = 1024),  -- as in face
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rejection_by_identity ON rejection (identity, number);
CREATE INDEX rejection_by_expiry ON rejection (expires_at);
