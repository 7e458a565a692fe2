-- The ledger of one account. Records are only ever added; the views over them stand in views.sql.
CREATE TABLE meta (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE records (
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;

-- Opening starts from the last snapshot. No other index: each one would be written inside the commit.
CREATE INDEX snapshots ON records (seq) WHERE kind = 'snapshot';

CREATE TRIGGER records_keep BEFORE UPDATE ON records
BEGIN SELECT raise(ABORT, 'a record is never changed'); END;

CREATE TRIGGER records_stay BEFORE DELETE ON records
BEGIN SELECT raise(ABORT, 'a record is never removed'); END;

CREATE TRIGGER meta_keeps BEFORE UPDATE ON meta
BEGIN SELECT raise(ABORT, 'what the ledger is never changes'); END;

CREATE TRIGGER meta_stays BEFORE DELETE ON meta
BEGIN SELECT raise(ABORT, 'what the ledger is never changes'); END;
