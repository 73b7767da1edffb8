-- Who did what to whom, and when. No names and no faces: erasing a person leaves these rows as they are. Times are
-- milliseconds since 1970, UTC.
CREATE TABLE audit (
  number INTEGER PRIMARY KEY CHECK (number > 0),  -- 1, 2, 3 … without a gap
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  peer TEXT NOT NULL,
  request TEXT NOT NULL,                          -- the call or stream, as the server's log names it
  call TEXT NOT NULL,
  collection TEXT NOT NULL,
  identities TEXT NOT NULL CHECK (json_type(identities) = 'array'),
  times INTEGER NOT NULL,                         -- how often; a stream tells of repetitions once a minute
  hash BLOB NOT NULL CHECK (length(hash) = 32)    -- sha256 over the hash of the row before and this row
) STRICT;

-- The last row, so that it is noticed when rows are cut off. The salt makes pseudonyms of ids that callers chose.
CREATE TABLE audit_head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  number INTEGER NOT NULL,
  hash BLOB NOT NULL,
  salt BLOB NOT NULL
) STRICT;
INSERT INTO audit_head VALUES (1, 0, zeroblob(32), randomblob(16));
