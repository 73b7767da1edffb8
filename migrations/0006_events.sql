-- What cameras saw: who came, was confirmed, changed, left. No face data and no names; whoever is known is a reference, so what is told of a person goes
-- with them. Times are milliseconds since 1970, of the frames; `written_at` alone is the server's.
CREATE TABLE event (
  number INTEGER PRIMARY KEY AUTOINCREMENT,  -- what cursors count by
  kind TEXT NOT NULL CHECK (kind IN ('APPEARED', 'CONFIRMED', 'CHANGED', 'LEFT')),
  visit TEXT NOT NULL,
  camera TEXT NOT NULL,
  collection TEXT NOT NULL,                  -- its name: events of unknown people need none to exist
  at INTEGER NOT NULL,
  written_at INTEGER NOT NULL,
  identity INTEGER REFERENCES identity ON DELETE CASCADE,
  previous INTEGER REFERENCES identity ON DELETE CASCADE,
  owner INTEGER REFERENCES identity ON DELETE CASCADE,  -- whose visit it turned out to be, also where the event does not say so
  going INTEGER NOT NULL CHECK (going IN (0, 1)),       -- of APPEARED: whether the visit goes on
  details TEXT NOT NULL CHECK (json_type(details) = 'object'),
  seal INTEGER
) STRICT;
CREATE INDEX event_by_visit ON event (visit);
CREATE INDEX event_by_identity ON event (identity) WHERE identity IS NOT NULL;
CREATE INDEX event_by_previous ON event (previous) WHERE previous IS NOT NULL;
CREATE INDEX event_by_owner ON event (owner) WHERE owner IS NOT NULL;
CREATE INDEX event_going ON event (number) WHERE going = 1;

-- Which line of events cursors belong to, up to which number they were swept, and how far the webhook is.
CREATE TABLE event_head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  line TEXT NOT NULL,
  swept INTEGER NOT NULL,
  hook TEXT NOT NULL,
  hooked INTEGER NOT NULL,
  seal INTEGER
) STRICT;
INSERT INTO event_head VALUES (1, lower(hex(randomblob(4))), 0, '', 0, NULL);

CREATE VIEW event_seal AS
  SELECT number, seal, crc(number, kind, visit, camera, collection, at, written_at, identity, previous, owner, going, details) AS due FROM event;
CREATE VIEW event_head_seal AS SELECT only, seal, crc(line, swept, hook, hooked) AS due FROM event_head;
UPDATE event_head SET seal = (SELECT due FROM event_head_seal);

CREATE TRIGGER event_head_sealed AFTER UPDATE ON event_head WHEN new.seal IS old.seal BEGIN
  UPDATE event_head SET seal = (SELECT due FROM event_head_seal);
END;
CREATE TRIGGER event_sealed_first AFTER INSERT ON event BEGIN
  UPDATE event SET seal = (SELECT due FROM event_seal s WHERE s.number = new.number) WHERE number = new.number;
END;
CREATE TRIGGER event_sound BEFORE UPDATE ON event
WHEN new.seal IS old.seal AND old.seal IS NOT NULL AND old.seal IS NOT (SELECT due FROM event_seal s WHERE s.number = old.number) BEGIN
  SELECT raise(ABORT, 'damaged row');
END;
CREATE TRIGGER event_sealed AFTER UPDATE ON event WHEN new.seal IS old.seal BEGIN
  UPDATE event SET seal = (SELECT due FROM event_seal s WHERE s.number = new.number) WHERE number = new.number;
END;
