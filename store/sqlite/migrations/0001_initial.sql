-- Times are milliseconds since the epoch. A name_key is the name as the store
-- folds it, so that names compare ignoring case whatever the collation is.

CREATE TABLE users (
	id            TEXT NOT NULL PRIMARY KEY,
	name          TEXT NOT NULL,
	name_key      TEXT NOT NULL UNIQUE,
	display_name  TEXT NOT NULL,
	email         TEXT NOT NULL,
	type          TEXT NOT NULL,
	state         TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	created       INTEGER NOT NULL,
	modified      INTEGER NOT NULL,
	failed_logins INTEGER NOT NULL,
	locked_until  INTEGER
) STRICT;

CREATE TABLE groups (
	id           TEXT NOT NULL PRIMARY KEY,
	name         TEXT NOT NULL,
	name_key     TEXT NOT NULL UNIQUE,
	display_name TEXT NOT NULL,
	description  TEXT NOT NULL,
	type         TEXT NOT NULL,
	created      INTEGER NOT NULL,
	modified     INTEGER NOT NULL
) STRICT;

CREATE TABLE group_users (
	group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_users_group ON group_users (group_id, user_id);

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

CREATE TABLE sessions (
	token_hash  BLOB NOT NULL PRIMARY KEY,
	user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	remember    INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	last_active INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id, created);
CREATE INDEX sessions_idle ON sessions (remember, last_active);

CREATE TABLE objects (
	id              TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
	type            TEXT NOT NULL,
	subtype         TEXT NOT NULL,
	name            TEXT NOT NULL,
	name_key        TEXT NOT NULL,
	description     TEXT,
	author          TEXT NOT NULL REFERENCES users (id),
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
-- columns after the ID let a list be filtered without a look at the objects.
CREATE INDEX objects_modified ON objects (modified DESC, id, hidden, type, subtype, auto_created, name_key);
CREATE INDEX objects_created ON objects (created DESC, id, hidden, type, subtype, auto_created, name_key);
CREATE INDEX objects_name ON objects (name_key, id, hidden, type, subtype, auto_created);
CREATE INDEX objects_type_modified ON objects (type, modified DESC, id, hidden, subtype, auto_created, name_key);
CREATE INDEX objects_type_name ON objects (type, name_key, id, hidden, subtype, auto_created);
CREATE INDEX objects_author_modified ON objects (author, modified DESC, id, hidden, type, subtype, auto_created, name_key);
CREATE INDEX objects_author_name ON objects (author, name_key, id, hidden, type, subtype, auto_created);
CREATE INDEX objects_author ON objects (author, id, hidden, type, subtype, auto_created, name_key);
CREATE INDEX objects_counted ON objects (type, hidden, subtype, auto_created);
CREATE UNIQUE INDEX objects_place ON objects (connection, database_name, schema_name, physical_table) WHERE physical_table <> '';
CREATE UNIQUE INDEX objects_tag ON objects (name_key) WHERE type = 'TAG';

-- What an object is built on. The target may be gone.
CREATE TABLE object_references (
	object_id TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	target_id TEXT NOT NULL,
	PRIMARY KEY (object_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_references_target ON object_references (target_id, object_id);

CREATE TABLE object_tags (
	object_id TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	tag_id    TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	PRIMARY KEY (object_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_tags_tag ON object_tags (tag_id, object_id);

CREATE TABLE favourites (
	user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	object_id TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, object_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX favourites_object ON favourites (object_id, user_id);

-- One row, which grows with every change of objects and principals.
CREATE TABLE version (
	value INTEGER NOT NULL
) STRICT;
INSERT INTO version (value) VALUES (1);

-- The built-in principals (security.md 1.1), and the built-in connection.
INSERT INTO users (id, name, name_key, display_name, email, type, state, password_hash, created, modified, failed_logins) VALUES
	('59481331-ee53-42be-a548-bd87be6ddd4a', 'tsadmin', 'tsadmin', 'Administrator', '', 'LOCAL_USER', 'ACTIVE', '', 1354006445722, 1354006445722, 0),
	('0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 'su', 'su', 'Administrator Super-User', '', 'LOCAL_USER', 'ACTIVE', '', 1354006445722, 1354006445722, 0),
	('67e15c06-d153-4924-a4cd-ff615393b60f', 'system', 'system', 'System User', '', 'LOCAL_USER', 'ACTIVE', '', 1354006445722, 1354006445722, 0),
	('b8760356-c55c-4406-a104-2e6f45885f31', 'guest', 'guest', 'Guest', '', 'LOCAL_USER', 'INACTIVE', '', 1354006445722, 1354006445722, 0);

INSERT INTO groups (id, name, name_key, display_name, description, type, created, modified) VALUES
	('d0326b56-ef23-4c8a-8327-a30e99bcc72b', 'Administrator', 'administrator', 'Administration Group', '', 'LOCAL_GROUP', 1354006445722, 1354006445722),
	('b25ee394-9d13-49e3-9385-cd97f5b253b4', 'All', 'all', 'All Group', '', 'LOCAL_GROUP', 1354006445722, 1354006445722),
	('179d8867-cf36-4a8d-a019-63a226fd3196', 'System', 'system', 'System Management Group', '', 'LOCAL_GROUP', 1354006445722, 1354006445722);

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

INSERT INTO objects (id, type, subtype, name, name_key, author, created, modified, modified_by, owner, auto_created, hidden, version,
	connection, connection_type, database_name, schema_name, physical_table, content) VALUES
	('3f7c1f6a-5a5e-4c1d-9d0b-5e2f3a6b7c80', 'DATA_SOURCE', '', 'Embedded', 'embedded', '67e15c06-d153-4924-a4cd-ff615393b60f',
	1354006445722, 1354006445722, '67e15c06-d153-4924-a4cd-ff615393b60f', '3f7c1f6a-5a5e-4c1d-9d0b-5e2f3a6b7c80', 0, 0, 1,
	'', 'RDBMS_DUCKDB', '', '', '', '{"Type":"RDBMS_DUCKDB","Authentication":"","Properties":null}');
