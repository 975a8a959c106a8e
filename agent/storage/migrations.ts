/**
 * Numbered migrations: the n-th entry brings the database from version n to n + 1. Never edit one that was released;
 * append. Instants are ms since 1970, JSON is text, booleans are 0 and 1.
 */

/** Of version 4: writes down how far a session's recordings have got. */
const keepDelivery = (sessionId: string): string => `
  UPDATE sessions SET delivery = CASE
    WHEN EXISTS (SELECT 1 FROM recordings WHERE session_id = sessions.id) AND NOT EXISTS (
      SELECT 1 FROM recordings WHERE session_id = sessions.id AND NOT EXISTS (
        SELECT 1 FROM uploads WHERE recording_id = recordings.id AND uploads.state = 'completed')) THEN 'all'
    WHEN EXISTS (
      SELECT 1 FROM uploads WHERE session_id = sessions.id AND uploads.state NOT IN ('failed', 'cancelled')) THEN 'some'
    ELSE 'none' END
  WHERE id = ${sessionId}`;

export const migrations: readonly string[] = [
  `
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    -- the open pause, while paused
    paused_at INTEGER,
    -- how it ended: stopped (OBS said so), vanished (OBS went away under our eyes), unseen (while the agent was away)
    ending TEXT,
    duration_ms INTEGER NOT NULL,
    auto_upload INTEGER NOT NULL,
    subtitle_model TEXT NOT NULL,
    priority INTEGER NOT NULL,
    notes TEXT NOT NULL,
    metadata TEXT NOT NULL
  ) STRICT;
  CREATE INDEX sessions_newest ON sessions (started_at DESC, id DESC);

  CREATE TABLE recordings (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    state TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    container TEXT,
    finalised INTEGER,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    UNIQUE (session_id, number)
  ) STRICT;
  CREATE INDEX recordings_path ON recordings (path);

  CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    destination TEXT NOT NULL,
    state TEXT NOT NULL,
    subtitle_model TEXT NOT NULL,
    priority INTEGER NOT NULL,
    manual INTEGER NOT NULL,
    bytes_total INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- counts the contents sent under this upload: a file that changed gets a new idempotency key
    generation INTEGER NOT NULL DEFAULT 1,
    -- when the file was last written (ms) as of the generation's first attempt: with bytes_total, what its key stands for
    file_modified_at INTEGER,
    next_attempt_at INTEGER,
    error TEXT,
    sha256 TEXT,
    created_at INTEGER NOT NULL,
    completed_at INTEGER
  ) STRICT;
  CREATE INDEX uploads_recording ON uploads (recording_id);
  CREATE INDEX uploads_session ON uploads (session_id);
  CREATE INDEX uploads_open ON uploads (state) WHERE state NOT IN ('completed', 'cancelled');

  CREATE TABLE tasks (
    upload_id TEXT PRIMARY KEY REFERENCES uploads (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- the server that gave it, so that a later change of settings does not ask another one
    server TEXT NOT NULL,
    status TEXT NOT NULL,
    progress REAL,
    message TEXT,
    results TEXT NOT NULL,
    error TEXT,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX tasks_open ON tasks (upload_id) WHERE ended_at IS NULL;
  `,
  `
  CREATE TABLE multiparts (
    id INTEGER PRIMARY KEY,
    -- no references: what is to be aborted, and which key holds whose recording, outlives a forgotten session
    upload_id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    -- the store's id; null: asked for, the answer not seen
    s3_upload_id TEXT,
    -- creating, sending, completing, verifying, completed, aborting
    state TEXT NOT NULL,
    -- what the file was: another size or time of writing is another content
    bytes INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    part_bytes INTEGER NOT NULL,
    -- of the whole object as computed here, from completing on
    etag TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX multiparts_upload ON multiparts (upload_id);
  CREATE INDEX multiparts_key ON multiparts (bucket, key);

  -- a part that the store has acknowledged; its ETag is this MD5
  CREATE TABLE parts (
    multipart_id INTEGER NOT NULL REFERENCES multiparts (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    md5 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (multipart_id, number)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- the upload of the same recording that this one follows, to be fetched from there; it may be forgotten
  ALTER TABLE uploads ADD COLUMN after_upload_id TEXT;
  -- how it arrived: file, source_url
  ALTER TABLE uploads ADD COLUMN sent_as TEXT;
  `,
  `
  -- chapters and notes
  CREATE TABLE marks (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    -- recorded time without pauses
    at_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    -- whether OBS took it as a chapter of the file
    in_file INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX marks_session ON marks (session_id, at_ms);

  CREATE TABLE thumbnails (
    session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    jpeg BLOB NOT NULL
  ) STRICT;

  -- what a session is found by, as searchKey writes it; null: not written yet, done when the agent starts
  ALTER TABLE sessions ADD COLUMN search TEXT;
  -- all: every recording has arrived somewhere; some: something has, or is on its way; none. Kept by the triggers.
  ALTER TABLE sessions ADD COLUMN delivery TEXT NOT NULL DEFAULT 'none';
  -- everything that the history is asked for, so that it is answered from the index alone
  CREATE INDEX sessions_history ON sessions (started_at DESC, id DESC, state, delivery, search);
  DROP INDEX sessions_newest;
  CREATE INDEX sessions_state ON sessions (state) WHERE state NOT IN ('recorded', 'interrupted');
  DROP INDEX uploads_recording;
  CREATE INDEX uploads_recording ON uploads (recording_id, state);
  DROP INDEX uploads_session;
  CREATE INDEX uploads_session ON uploads (session_id, state);
  CREATE TRIGGER delivery_added AFTER INSERT ON uploads BEGIN ${keepDelivery('NEW.session_id')}; END;
  CREATE TRIGGER delivery_changed AFTER UPDATE OF state ON uploads WHEN NEW.state <> OLD.state
    BEGIN ${keepDelivery('NEW.session_id')}; END;
  CREATE TRIGGER delivery_split AFTER INSERT ON recordings BEGIN ${keepDelivery('NEW.session_id')}; END;
  ${keepDelivery('sessions.id')};

  -- how often a name from the template was used, the number of its take left out
  CREATE TABLE takes (name_key TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  INSERT INTO state (name, value) SELECT 'sessionCounter', COUNT(*) FROM sessions;

  CREATE INDEX uploads_state ON uploads (state, session_id);
  CREATE INDEX tasks_failed ON tasks (upload_id) WHERE status = 'error';
  `,
  `
  -- MD5 of the JSON that lies beside the object; null: it is to be written
  ALTER TABLE multiparts ADD COLUMN described TEXT;
  UPDATE multiparts SET described = '' WHERE state = 'completed';
  CREATE INDEX multiparts_undescribed ON multiparts (id) WHERE state = 'completed' AND described IS NULL;
  `,
  `
  -- “live” is what clients read; what OBS does is “on air”
  UPDATE settings SET name = 'whileOnAir' WHERE name = 'whileLive';
  UPDATE settings SET name = 'whileOnAirLimit' WHERE name = 'whileLiveLimit';
  `,
  `
  -- MD5s, with blanks between, that the JSON beside the object may have if it is ours
  ALTER TABLE multiparts ADD COLUMN claims TEXT NOT NULL DEFAULT '';
  UPDATE multiparts SET claims = described WHERE described IS NOT NULL;

  -- what the file was when OBS had closed it: when it was last written (ms), and where it lies on the disk
  ALTER TABLE recordings ADD COLUMN modified_at INTEGER;
  ALTER TABLE recordings ADD COLUMN inode TEXT;
  `,
  `
  -- what a person should know about a session: a list of errors, each with code, texts and parameters
  ALTER TABLE sessions ADD COLUMN notices TEXT NOT NULL DEFAULT '[]';
  `,
  `
  -- until as_of (ms since 1970) it had been recorded for duration_ms, and had lasted elapsed_ms with its pauses
  ALTER TABLE sessions ADD COLUMN elapsed_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE sessions ADD COLUMN as_of INTEGER NOT NULL DEFAULT 0;
  -- how far OBS's own count was behind duration_ms
  ALTER TABLE sessions ADD COLUMN behind_ms INTEGER NOT NULL DEFAULT 0;
  -- of the open pause: elapsed_ms at its beginning
  ALTER TABLE sessions RENAME COLUMN paused_at TO paused_at_ms;
  UPDATE sessions SET paused_at_ms = paused_at_ms - started_at, elapsed_ms = CAST(duration_ms + (
    SELECT TOTAL(value ->> 'durationMs') FROM json_each(iif(json_valid(metadata), metadata, '{}'), '$.pauses')) AS INTEGER);
  UPDATE sessions SET as_of = COALESCE(stopped_at, started_at + elapsed_ms);

  -- recorded time at which a file begins, and how long it plays; null: not known
  ALTER TABLE recordings ADD COLUMN start_ms INTEGER;
  ALTER TABLE recordings ADD COLUMN duration_ms INTEGER;
  UPDATE recordings SET start_ms = 0 WHERE number = 1;
  `,
  `
  -- the store's ETag of a part, where that is not its MD5
  ALTER TABLE parts ADD COLUMN etag TEXT;
  -- 0: the file may have changed since it was sent, it is to be compared
  ALTER TABLE parts ADD COLUMN proven INTEGER NOT NULL DEFAULT 1;
  `,
  `
  -- whether the object was proven by its own ETag (md5) or by its parts' MD5s (parts); null: an older version did not keep it
  ALTER TABLE multiparts ADD COLUMN proven_by TEXT;
  `,
];
