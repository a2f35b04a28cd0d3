-- Times are milliseconds since the epoch. A name_key is the name as the store
-- folds it, so that names compare ignoring case whatever the collation is.

CREATE TABLE users (
	id                   TEXT NOT NULL PRIMARY KEY,
	name                 TEXT NOT NULL,
	name_key             TEXT NOT NULL UNIQUE,
	display_name         TEXT NOT NULL,
	display_key          TEXT NOT NULL,
	email                TEXT NOT NULL,
	type                 TEXT NOT NULL,
	state                TEXT NOT NULL,
	visibility           TEXT NOT NULL,
	password_hash        TEXT NOT NULL,
	must_change_password INTEGER NOT NULL,
	identity             TEXT NOT NULL,
	preferences          TEXT NOT NULL,
	home_pinboard        TEXT NOT NULL,
	first_login          INTEGER,
	author               TEXT NOT NULL,
	created              INTEGER NOT NULL,
	modified             INTEGER NOT NULL,
	modified_by          TEXT NOT NULL,
	version              INTEGER NOT NULL,
	failed_logins        INTEGER NOT NULL,
	locked_until         INTEGER
) STRICT;
CREATE UNIQUE INDEX users_identity ON users (identity) WHERE identity <> '';
CREATE INDEX users_created ON users (created DESC, id);
CREATE INDEX users_modified ON users (modified DESC, id);
CREATE INDEX users_author ON users (author, id);

CREATE TABLE groups (
	id                  TEXT NOT NULL PRIMARY KEY,
	name                TEXT NOT NULL,
	name_key            TEXT NOT NULL UNIQUE,
	display_name        TEXT NOT NULL,
	display_key         TEXT NOT NULL,
	description         TEXT NOT NULL,
	type                TEXT NOT NULL,
	visibility          TEXT NOT NULL,
	pinboards           TEXT NOT NULL,
	assignable_by_token INTEGER NOT NULL,
	assignable_by_sso   INTEGER NOT NULL,
	author              TEXT NOT NULL,
	created             INTEGER NOT NULL,
	modified            INTEGER NOT NULL,
	modified_by         TEXT NOT NULL,
	version             INTEGER NOT NULL
) STRICT;

-- Without foreign keys, which would cost more than the rows: a user/sync writes
-- ten thousands of them. The store looks for users and groups itself.
CREATE TABLE group_users (
	group_id TEXT NOT NULL,
	user_id  TEXT NOT NULL,
	PRIMARY KEY (user_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_users_group ON group_users (group_id);

-- member_id is a group inside of group_id.
CREATE TABLE group_groups (
	group_id  TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	member_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	PRIMARY KEY (member_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_groups_group ON group_groups (group_id, member_id);

CREATE TABLE group_privileges (
	group_id  TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	privilege TEXT NOT NULL,
	PRIMARY KEY (group_id, privilege)
) STRICT, WITHOUT ROWID;

-- privileges are what the token was made for, as JSON. The columns of earlier are
-- about the token whose place it took.
CREATE TABLE sessions (
	token_hash  BLOB NOT NULL PRIMARY KEY,
	user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	method      TEXT NOT NULL,
	remember    INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	last_active INTEGER NOT NULL,
	ends        INTEGER,
	scope       TEXT NOT NULL,
	source      TEXT NOT NULL,
	privileges  TEXT NOT NULL,
	earlier_hash       BLOB,
	earlier_privileges TEXT NOT NULL,
	earlier_ends       INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id, created);
CREATE INDEX sessions_idle ON sessions (remember, last_active);
CREATE INDEX sessions_source ON sessions (source);
CREATE INDEX sessions_earlier ON sessions (earlier_hash);

-- A key stays taken until its ticket is pruned, also when it has expired.
CREATE TABLE tickets (
	kind    TEXT NOT NULL,
	key     BLOB NOT NULL,
	user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
	source  TEXT NOT NULL,
	data    TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_user ON tickets (user_id, kind);
CREATE INDEX tickets_expires ON tickets (expires);

-- What holds for the whole installation, as JSON.
CREATE TABLE settings (
	key   TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE objects (
	id              TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
	type            TEXT NOT NULL,
	subtype         TEXT NOT NULL,
	name            TEXT NOT NULL,
	name_key        TEXT NOT NULL,
	description     TEXT,
	author          TEXT NOT NULL,
	author_key      TEXT NOT NULL, -- of the author's name; empty when the author is gone
	created         INTEGER NOT NULL,
	modified        INTEGER NOT NULL,
	modified_by     TEXT NOT NULL,
	owner           TEXT NOT NULL,
	auto_created    INTEGER NOT NULL,
	hidden          INTEGER NOT NULL,
	version         INTEGER NOT NULL,
	connection      TEXT NOT NULL,
	connection_type TEXT NOT NULL,
	database_name   TEXT NOT NULL,
	schema_name     TEXT NOT NULL,
	physical_table  TEXT NOT NULL,
	content         TEXT NOT NULL
) STRICT;
-- The orders of lists, for those who see everything and for authors. The
-- columns after the ID let a list be filtered without a look at the objects;
-- two names would be too long for an index of PostgreSQL.
CREATE INDEX objects_modified ON objects (modified DESC, id, hidden, type, subtype, auto_created, name_key);
CREATE INDEX objects_created ON objects (created DESC, id, hidden, type, subtype, auto_created, name_key);
CREATE INDEX objects_name ON objects (name_key, id, hidden, type, subtype, auto_created);
CREATE INDEX objects_type_modified ON objects (type, modified DESC, id, hidden, subtype, auto_created, name_key);
CREATE INDEX objects_type_created ON objects (type, created DESC, id, hidden, subtype, auto_created, name_key);
CREATE INDEX objects_type_name ON objects (type, name_key, id, hidden, subtype, auto_created);
CREATE INDEX objects_by_author ON objects (author_key, id, hidden, type, subtype, auto_created);
CREATE INDEX objects_type_by_author ON objects (type, author_key, id, hidden, subtype, auto_created);
CREATE INDEX objects_author_modified ON objects (author, modified DESC, id, hidden, type, subtype, auto_created, name_key);
CREATE INDEX objects_author_name ON objects (author, name_key, id, hidden, type, subtype, auto_created);
CREATE INDEX objects_owner ON objects (owner, created, id);
CREATE UNIQUE INDEX objects_place ON objects (connection, database_name, schema_name, physical_table) WHERE physical_table <> '';
CREATE UNIQUE INDEX objects_tag ON objects (name_key) WHERE type = 'TAG';

-- What an object is built on. The target may be gone.
CREATE TABLE object_references (
	object_id TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	target_id TEXT NOT NULL,
	PRIMARY KEY (object_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_references_target ON object_references (target_id, object_id);

-- The columns of a LOGICAL_TABLE that can be shared and tagged.
CREATE TABLE object_columns (
	id        TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
	object_id TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	position  INTEGER NOT NULL,
	name      TEXT NOT NULL,
	name_key  TEXT NOT NULL,
	hidden    INTEGER NOT NULL,
	formula   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX object_columns_object ON object_columns (object_id, position);
CREATE INDEX object_columns_name ON object_columns (name_key, id);

-- An item is an object or one of its columns.
CREATE TABLE object_tags (
	item_id   TEXT NOT NULL,
	tag_id    TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	object_id TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	PRIMARY KEY (item_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_tags_tag ON object_tags (tag_id, item_id);
CREATE INDEX object_tags_object ON object_tags (object_id, item_id);

-- What was shared with a user or a group, at a level of searchlight.Level.
CREATE TABLE grants (
	item_id      TEXT NOT NULL,
	principal_id TEXT NOT NULL,
	object_id    TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	level        INTEGER NOT NULL,
	granted_by   TEXT NOT NULL,
	PRIMARY KEY (item_id, principal_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_object ON grants (object_id, principal_id, item_id, level);
CREATE INDEX grants_principal ON grants (principal_id, object_id);

-- The names that objects and columns have, once each as a key, and the pieces
-- that they are found by: three characters each, of <key>>.
CREATE TABLE names (
	id  INTEGER NOT NULL PRIMARY KEY,
	key TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE name_pieces (
	piece   TEXT NOT NULL,
	name_id INTEGER NOT NULL,
	PRIMARY KEY (piece, name_id)
) STRICT, WITHOUT ROWID;

-- Who sees which objects at which level, as author or by a grant: what lists
-- of somebody's objects are read from. It copies what lists are ordered and
-- filtered by, so that the first objects of each principal, of each type, are
-- found in an index. Everything in it follows from objects and grants.
CREATE TABLE access (
	object_id    TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	principal_id TEXT NOT NULL,
	level        INTEGER NOT NULL,
	type         TEXT NOT NULL,
	subtype      TEXT NOT NULL,
	name_key     TEXT NOT NULL,
	author_key   TEXT NOT NULL,
	created      INTEGER NOT NULL,
	modified     INTEGER NOT NULL,
	hidden       INTEGER NOT NULL,
	auto_created INTEGER NOT NULL,
	PRIMARY KEY (object_id, principal_id)
) STRICT;
CREATE INDEX access_modified ON access (principal_id, type, modified DESC, object_id, level, subtype, hidden, auto_created, name_key);
CREATE INDEX access_created ON access (principal_id, type, created DESC, object_id, level, subtype, hidden, auto_created, name_key);
CREATE INDEX access_name ON access (principal_id, type, name_key, object_id, level, subtype, hidden, auto_created);
CREATE INDEX access_by_author ON access (principal_id, type, author_key, object_id, level, subtype, hidden, auto_created);
-- Most tables are plain; lists of the others alone begin here.
CREATE INDEX access_subtype ON access (principal_id, subtype, object_id, level, hidden, auto_created, modified, created, name_key) WHERE type = 'LOGICAL_TABLE' AND subtype <> 'ONE_TO_ONE_LOGICAL';

-- What a principal was granted goes with it; what a user made stays.
CREATE TRIGGER users_forget AFTER DELETE ON users BEGIN
	DELETE FROM grants WHERE principal_id = OLD.id;
	DELETE FROM access WHERE principal_id = OLD.id AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.id = access.object_id AND o.author = OLD.id);
	UPDATE access SET author_key = '' WHERE object_id IN (SELECT o.id FROM objects o WHERE o.author = OLD.id);
	UPDATE objects SET author_key = '' WHERE author = OLD.id;
END;
CREATE TRIGGER groups_forget AFTER DELETE ON groups BEGIN
	DELETE FROM grants WHERE principal_id = OLD.id;
	DELETE FROM access WHERE principal_id = OLD.id;
END;

-- Objects know the names of their authors, also of those who come later.
CREATE TRIGGER users_create AFTER INSERT ON users WHEN EXISTS (SELECT 1 FROM objects o WHERE o.author = NEW.id) BEGIN
	UPDATE access SET author_key = NEW.name_key WHERE object_id IN (SELECT o.id FROM objects o WHERE o.author = NEW.id);
	UPDATE objects SET author_key = NEW.name_key WHERE author = NEW.id;
END;
CREATE TRIGGER users_rename AFTER UPDATE OF name_key ON users WHEN NEW.name_key <> OLD.name_key BEGIN
	UPDATE access SET author_key = NEW.name_key WHERE object_id IN (SELECT o.id FROM objects o WHERE o.author = NEW.id);
	UPDATE objects SET author_key = NEW.name_key WHERE author = NEW.id;
END;

CREATE TABLE favourites (
	user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	object_id TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, object_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX favourites_object ON favourites (object_id, user_id);

-- Each record holds the hash of the one before. The anchor, one row, is the
-- last one that was removed for its age: the record that the first one follows.
CREATE TABLE audit_log (
	sequence INTEGER NOT NULL PRIMARY KEY,
	time     INTEGER NOT NULL,
	address  TEXT NOT NULL,
	entry    TEXT NOT NULL,
	previous BLOB NOT NULL,
	hash     BLOB NOT NULL
) STRICT;
CREATE INDEX audit_log_time ON audit_log (time, sequence);
CREATE TABLE audit_anchor (
	sequence INTEGER NOT NULL,
	hash     BLOB NOT NULL
) STRICT;
INSERT INTO audit_anchor (sequence, hash) VALUES (0, zeroblob(32));

-- Records are appended, and never changed. They go when the anchor has moved
-- past them, which it only does forwards, from record to record.
CREATE TRIGGER audit_log_insert BEFORE INSERT ON audit_log
	WHEN NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM audit_log), (SELECT sequence FROM audit_anchor))
	BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log
	BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log
	WHEN OLD.sequence > (SELECT sequence FROM audit_anchor)
	BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_anchor_insert BEFORE INSERT ON audit_anchor
	BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_anchor_update BEFORE UPDATE ON audit_anchor
	WHEN NEW.sequence <= OLD.sequence OR NOT EXISTS (SELECT 1 FROM audit_log WHERE sequence = NEW.sequence AND hash = NEW.hash)
	BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_anchor_delete BEFORE DELETE ON audit_anchor
	BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- One row, which grows with every change of objects, principals and settings.
CREATE TABLE version (
	value INTEGER NOT NULL
) STRICT;
INSERT INTO version (value) VALUES (1);

-- The built-in principals (security.md 1.1), and the built-in connection.
INSERT INTO users (id, name, name_key, display_name, display_key, email, type, state, visibility, password_hash, must_change_password,
	identity, preferences, home_pinboard, author, created, modified, modified_by, version, failed_logins) VALUES
	('59481331-ee53-42be-a548-bd87be6ddd4a', 'tsadmin', 'tsadmin', 'Administrator', 'administrator', '', 'LOCAL_USER', 'ACTIVE', 'DEFAULT', '', 0, '', '{}', '',
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1, 0),
	('0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 'su', 'su', 'Administrator Super-User', 'administrator super-user', '', 'LOCAL_USER', 'ACTIVE', 'DEFAULT', '', 0, '', '{}', '',
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1, 0),
	('67e15c06-d153-4924-a4cd-ff615393b60f', 'system', 'system', 'System User', 'system user', '', 'LOCAL_USER', 'ACTIVE', 'DEFAULT', '', 0, '', '{}', '',
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1, 0),
	('b8760356-c55c-4406-a104-2e6f45885f31', 'guest', 'guest', 'Guest', 'guest', '', 'LOCAL_USER', 'INACTIVE', 'DEFAULT', '', 0, '', '{}', '',
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1, 0);

INSERT INTO groups (id, name, name_key, display_name, display_key, description, type, visibility, pinboards, assignable_by_token,
	assignable_by_sso, author, created, modified, modified_by, version) VALUES
	('d0326b56-ef23-4c8a-8327-a30e99bcc72b', 'Administrator', 'administrator', 'Administration Group', 'administration group', '', 'LOCAL_GROUP', 'DEFAULT', '[]', 0, 0,
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1),
	('b25ee394-9d13-49e3-9385-cd97f5b253b4', 'All', 'all', 'All Group', 'all group', '', 'LOCAL_GROUP', 'DEFAULT', '[]', 0, 0,
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1),
	('179d8867-cf36-4a8d-a019-63a226fd3196', 'System', 'system', 'System Management Group', 'system management group', '', 'LOCAL_GROUP', 'DEFAULT', '[]', 0, 0,
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1);

INSERT INTO group_privileges (group_id, privilege) VALUES
	('d0326b56-ef23-4c8a-8327-a30e99bcc72b', 'ADMINISTRATION'),
	('b25ee394-9d13-49e3-9385-cd97f5b253b4', 'AUTHORING'),
	('179d8867-cf36-4a8d-a019-63a226fd3196', 'SYSTEMMANAGEMENT');

INSERT INTO group_users (group_id, user_id)
	SELECT g.id, u.id FROM groups g CROSS JOIN users u WHERE
		(u.name = 'tsadmin' AND g.name IN ('Administrator', 'All')) OR
		(u.name = 'su' AND g.name IN ('Administrator', 'All', 'System')) OR
		(u.name = 'system' AND g.name IN ('All', 'System')) OR
		(u.name = 'guest' AND g.name = 'All');

INSERT INTO objects (id, type, subtype, name, name_key, author, author_key, created, modified, modified_by, owner, auto_created, hidden, version,
	connection, connection_type, database_name, schema_name, physical_table, content) VALUES
	('3f7c1f6a-5a5e-4c1d-9d0b-5e2f3a6b7c80', 'DATA_SOURCE', '', 'Embedded', 'embedded', '67e15c06-d153-4924-a4cd-ff615393b60f', 'system',
	1354006445722, 1354006445722, '67e15c06-d153-4924-a4cd-ff615393b60f', '3f7c1f6a-5a5e-4c1d-9d0b-5e2f3a6b7c80', 0, 0, 1,
	'', 'RDBMS_DUCKDB', '', '', '', '{"Type":"RDBMS_DUCKDB","Authentication":"","Properties":null}');

INSERT INTO access (object_id, principal_id, level, type, subtype, name_key, author_key, created, modified, hidden, auto_created)
	SELECT id, author, 3, type, subtype, name_key, author_key, created, modified, hidden, auto_created FROM objects;

INSERT INTO names (key) VALUES ('embedded');
WITH p (piece) AS (VALUES ('<em'), ('emb'), ('mbe'), ('bed'), ('edd'), ('dde'), ('ded'), ('ed>'), ('d>>'))
	INSERT INTO name_pieces (piece, name_id) SELECT p.piece, n.id FROM names n CROSS JOIN p;
