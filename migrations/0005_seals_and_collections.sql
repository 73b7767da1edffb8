-- A row says itself whether it is as it was written: its seal is a CRC-32 over its columns. SQLite sees damage of its own
-- structures, but not a changed letter of a name. `crc` is a function of ours, so only Glimpse can write these tables.

-- A collection may be limited, and a token be for some collections only (a JSON list of names; NULL: for all).
ALTER TABLE collection ADD COLUMN most_identities INTEGER CHECK (most_identities > 0);
ALTER TABLE collection ADD COLUMN most_faces INTEGER CHECK (most_faces > 0);
ALTER TABLE token ADD COLUMN collections TEXT CHECK (json_type(collections) = 'array');

ALTER TABLE gallery ADD COLUMN seal INTEGER;
ALTER TABLE collection ADD COLUMN seal INTEGER;
ALTER TABLE identity ADD COLUMN seal INTEGER;
ALTER TABLE face ADD COLUMN seal INTEGER;
ALTER TABLE enroll_request ADD COLUMN seal INTEGER;
ALTER TABLE rejection ADD COLUMN seal INTEGER;
ALTER TABLE token ADD COLUMN seal INTEGER;
ALTER TABLE audit_head ADD COLUMN seal INTEGER;  -- over the salt; number and hash are the chain's

-- What each seal has to be, beside what it is. To add a column to a table means to drop and make its view anew, and to seal its rows again.
CREATE VIEW gallery_seal AS SELECT only, seal, crc(epoch, revision) AS due FROM gallery;
CREATE VIEW collection_seal AS
  SELECT number, seal, crc(number, name, network, created_at, most_identities, most_faces) AS due FROM collection;
CREATE VIEW identity_seal AS
  SELECT number, seal, crc(number, collection, id, name, folded_name, external_id, metadata, created_at, updated_at, legal_basis, purpose,
    consent_reference, expires_at) AS due FROM identity;
CREATE VIEW face_seal AS
  SELECT label, seal, crc(label, collection, network, identity, id, caption, score, sharpness, visibility, eye_distance, created_at, vector, chip) AS due
  FROM face;
CREATE VIEW enroll_request_seal AS
  SELECT collection, id, seal, crc(collection, id, digest, outcome, created, identity, created_at) AS due FROM enroll_request;
CREATE VIEW rejection_seal AS SELECT number, seal, crc(number, identity, vector, expires_at) AS due FROM rejection;
CREATE VIEW token_seal AS
  SELECT id, seal, crc(id, role, name, secret_sha256, created_at, revoked_at, collections) AS due FROM token;
CREATE VIEW audit_head_seal AS SELECT only, seal, crc(salt) AS due FROM audit_head;

UPDATE gallery SET seal = (SELECT due FROM gallery_seal);
UPDATE collection SET seal = (SELECT due FROM collection_seal s WHERE s.number = collection.number);
UPDATE identity SET seal = (SELECT due FROM identity_seal s WHERE s.number = identity.number);
UPDATE face SET seal = (SELECT due FROM face_seal s WHERE s.label = face.label);
UPDATE enroll_request SET seal = (SELECT due FROM enroll_request_seal s WHERE s.collection = enroll_request.collection AND s.id = enroll_request.id);
UPDATE rejection SET seal = (SELECT due FROM rejection_seal s WHERE s.number = rejection.number);
UPDATE token SET seal = (SELECT due FROM token_seal s WHERE s.id = token.id);
UPDATE audit_head SET seal = (SELECT due FROM audit_head_seal);

-- New and changed rows are sealed; a row that was damaged is not changed, for that would seal the damage.
CREATE TRIGGER gallery_sealed AFTER UPDATE ON gallery WHEN new.seal IS old.seal BEGIN
  UPDATE gallery SET seal = (SELECT due FROM gallery_seal);
END;
CREATE TRIGGER collection_sealed_first AFTER INSERT ON collection BEGIN
  UPDATE collection SET seal = (SELECT due FROM collection_seal s WHERE s.number = new.number) WHERE number = new.number;
END;
CREATE TRIGGER collection_sound BEFORE UPDATE ON collection
WHEN new.seal IS old.seal AND old.seal IS NOT NULL AND old.seal IS NOT (SELECT due FROM collection_seal s WHERE s.number = old.number) BEGIN
  SELECT raise(ABORT, 'damaged row');
END;
CREATE TRIGGER collection_sealed AFTER UPDATE ON collection WHEN new.seal IS old.seal BEGIN
  UPDATE collection SET seal = (SELECT due FROM collection_seal s WHERE s.number = new.number) WHERE number = new.number;
END;
CREATE TRIGGER identity_sealed_first AFTER INSERT ON identity BEGIN
  UPDATE identity SET seal = (SELECT due FROM identity_seal s WHERE s.number = new.number) WHERE number = new.number;
END;
CREATE TRIGGER identity_sound BEFORE UPDATE ON identity
WHEN new.seal IS old.seal AND old.seal IS NOT NULL AND old.seal IS NOT (SELECT due FROM identity_seal s WHERE s.number = old.number) BEGIN
  SELECT raise(ABORT, 'damaged row');
END;
CREATE TRIGGER identity_sealed AFTER UPDATE ON identity WHEN new.seal IS old.seal BEGIN
  UPDATE identity SET seal = (SELECT due FROM identity_seal s WHERE s.number = new.number) WHERE number = new.number;
END;
CREATE TRIGGER face_sealed_first AFTER INSERT ON face BEGIN
  UPDATE face SET seal = (SELECT due FROM face_seal s WHERE s.label = new.label) WHERE label = new.label;
END;
CREATE TRIGGER face_sound BEFORE UPDATE ON face
WHEN new.seal IS old.seal AND old.seal IS NOT NULL AND old.seal IS NOT (SELECT due FROM face_seal s WHERE s.label = old.label) BEGIN
  SELECT raise(ABORT, 'damaged row');
END;
CREATE TRIGGER face_sealed AFTER UPDATE ON face WHEN new.seal IS old.seal BEGIN
  UPDATE face SET seal = (SELECT due FROM face_seal s WHERE s.label = new.label) WHERE label = new.label;
END;
CREATE TRIGGER enroll_request_sealed_first AFTER INSERT ON enroll_request BEGIN
  UPDATE enroll_request SET seal = (SELECT due FROM enroll_request_seal s WHERE s.collection = new.collection AND s.id = new.id)
  WHERE collection = new.collection AND id = new.id;
END;
CREATE TRIGGER rejection_sealed_first AFTER INSERT ON rejection BEGIN
  UPDATE rejection SET seal = (SELECT due FROM rejection_seal s WHERE s.number = new.number) WHERE number = new.number;
END;
CREATE TRIGGER token_sealed_first AFTER INSERT ON token BEGIN
  UPDATE token SET seal = (SELECT due FROM token_seal s WHERE s.id = new.id) WHERE id = new.id;
END;
CREATE TRIGGER token_sound BEFORE UPDATE ON token
WHEN new.seal IS old.seal AND old.seal IS NOT NULL AND old.seal IS NOT (SELECT due FROM token_seal s WHERE s.id = old.id) BEGIN
  SELECT raise(ABORT, 'damaged row');
END;
CREATE TRIGGER token_sealed AFTER UPDATE ON token WHEN new.seal IS old.seal BEGIN
  UPDATE token SET seal = (SELECT due FROM token_seal s WHERE s.id = new.id) WHERE id = new.id;
END;

-- With the place in it, SQLite's own check sees a change of any column.
DROP INDEX identity_tag_by_tag;
CREATE INDEX identity_tag_by_tag ON identity_tag (tag, identity, position);
