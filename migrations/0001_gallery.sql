-- The gallery: who is known, by which faces. Times are milliseconds since 1970, UTC.

-- One row: the epoch is drawn anew by each process that opens the gallery for writing, the revision counts its
-- transactions. Together they date a saved index.
CREATE TABLE gallery (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  epoch TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO gallery VALUES (1, '', 0);

CREATE TABLE network (
  number INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64)
) STRICT;

CREATE TABLE collection (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  network INTEGER NOT NULL REFERENCES network,
  created_at INTEGER NOT NULL,
  UNIQUE (number, network)
) STRICT;

CREATE TABLE identity (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL REFERENCES collection,
  id TEXT NOT NULL CHECK (id <> ''),
  name TEXT NOT NULL,
  folded_name TEXT NOT NULL,              -- for prefixes that ignore case
  external_id TEXT CHECK (external_id <> ''),
  metadata TEXT NOT NULL CHECK (json_type(metadata) = 'object'),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (collection, id),
  UNIQUE (collection, external_id),
  UNIQUE (collection, number)
) STRICT;
CREATE INDEX identity_by_name ON identity (collection, folded_name);

CREATE TABLE identity_tag (
  identity INTEGER NOT NULL REFERENCES identity ON DELETE CASCADE,
  tag TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (identity, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_tag_by_tag ON identity_tag (tag, identity);

-- AUTOINCREMENT: a vector's label is never given twice, so a stale index entry can never answer for another face.
CREATE TABLE face (
  label INTEGER PRIMARY KEY AUTOINCREMENT CHECK (label BETWEEN 1 AND 4294967295),
  collection INTEGER NOT NULL,
  network INTEGER NOT NULL,
  identity INTEGER NOT NULL,
  id TEXT NOT NULL CHECK (id <> ''),
  caption TEXT NOT NULL,                  -- what the caller called the picture
  score REAL NOT NULL,
  sharpness REAL NOT NULL,
  visibility REAL NOT NULL,
  eye_distance REAL NOT NULL,
  created_at INTEGER NOT NULL,
  vector BLOB NOT NULL CHECK (length(vector) = 1024),  -- 256 little-endian float32, unit length
  chip BLOB,                              -- the aligned face, where it is kept for embedding it anew
  UNIQUE (collection, id),
  FOREIGN KEY (collection, identity) REFERENCES identity (collection, number) ON DELETE CASCADE,
  -- All vectors of a collection come from its network: others are not comparable.
  FOREIGN KEY (collection, network) REFERENCES collection (number, network) ON UPDATE CASCADE
) STRICT;
CREATE INDEX face_by_identity ON face (collection, identity);

CREATE TABLE enroll_request (
  collection INTEGER NOT NULL REFERENCES collection,
  id TEXT NOT NULL,
  digest TEXT NOT NULL,
  outcome TEXT NOT NULL,
  created INTEGER NOT NULL CHECK (created IN (0, 1)),
  identity INTEGER NOT NULL REFERENCES identity ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (collection, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX enroll_request_by_time ON enroll_request (created_at);
CREATE INDEX enroll_request_by_identity ON enroll_request (identity);

CREATE TABLE token (
  id TEXT PRIMARY KEY,
  role TEXT NOT NULL CHECK (role IN ('identify', 'enrol', 'admin')),
  name TEXT NOT NULL,
  secret_sha256 BLOB NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
