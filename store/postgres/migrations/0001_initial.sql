-- Times are milliseconds since the epoch. A name_key is the name as the store
-- folds it, so that names compare ignoring case whatever the collation is.

CREATE TABLE users (
	id            text COLLATE "C" NOT NULL PRIMARY KEY,
	name          text COLLATE "C" NOT NULL,
	name_key      text COLLATE "C" NOT NULL UNIQUE,
	display_name  text COLLATE "C" NOT NULL,
	email         text COLLATE "C" NOT NULL,
	type          text COLLATE "C" NOT NULL,
	state         text COLLATE "C" NOT NULL,
	password_hash text COLLATE "C" NOT NULL,
	created       bigint NOT NULL,
	modified      bigint NOT NULL,
	failed_logins bigint NOT NULL,
	locked_until  bigint
);

CREATE TABLE groups (
	id           text COLLATE "C" NOT NULL PRIMARY KEY,
	name         text COLLATE "C" NOT NULL,
	name_key     text COLLATE "C" NOT NULL UNIQUE,
	display_name text COLLATE "C" NOT NULL,
	description  text COLLATE "C" NOT NULL,
	type         text COLLATE "C" NOT NULL,
	created      bigint NOT NULL,
	modified     bigint NOT NULL
);

CREATE TABLE group_users (
	group_id text COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	user_id  text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, group_id)
);
CREATE INDEX group_users_group ON group_users (group_id, user_id);

-- member_id is a group inside of group_id.
CREATE TABLE group_groups (
	group_id  text COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	member_id text COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	PRIMARY KEY (member_id, group_id)
);
CREATE INDEX group_groups_group ON group_groups (group_id, member_id);

CREATE TABLE group_privileges (
	group_id  text COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	privilege text COLLATE "C" NOT NULL,
	PRIMARY KEY (group_id, privilege)
);

CREATE TABLE sessions (
	token_hash  bytea NOT NULL PRIMARY KEY,
	user_id     text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	remember    boolean NOT NULL,
	created     bigint NOT NULL,
	last_active bigint NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, created);
CREATE INDEX sessions_idle ON sessions (remember, last_active);

CREATE TABLE objects (
	id              text COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 36),
	type            text COLLATE "C" NOT NULL,
	subtype         text COLLATE "C" NOT NULL,
	name            text COLLATE "C" NOT NULL,
	name_key        text COLLATE "C" NOT NULL,
	description     text COLLATE "C",
	author          text COLLATE "C" NOT NULL REFERENCES users (id),
	created         bigint NOT NULL,
	modified        bigint NOT NULL,
	modified_by     text COLLATE "C" NOT NULL,
	owner           text COLLATE "C" NOT NULL,
	auto_created    boolean NOT NULL,
	hidden          boolean NOT NULL,
	version         bigint NOT NULL,
	connection      text COLLATE "C" NOT NULL,
	connection_type text COLLATE "C" NOT NULL,
	database_name   text COLLATE "C" NOT NULL,
	schema_name     text COLLATE "C" NOT NULL,
	physical_table  text COLLATE "C" NOT NULL,
	content         text COLLATE "C" NOT NULL
);
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
	object_id text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	target_id text COLLATE "C" NOT NULL,
	PRIMARY KEY (object_id, target_id)
);
CREATE INDEX object_references_target ON object_references (target_id, object_id);

CREATE TABLE object_tags (
	object_id text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	tag_id    text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	PRIMARY KEY (object_id, tag_id)
);
CREATE INDEX object_tags_tag ON object_tags (tag_id, object_id);

CREATE TABLE favourites (
	user_id   text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	object_id text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, object_id)
);
CREATE INDEX favourites_object ON favourites (object_id, user_id);

-- One row, which grows with every change of objects and principals.
CREATE TABLE version (
	value bigint NOT NULL
);
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
	1354006445722, 1354006445722, '67e15c06-d153-4924-a4cd-ff615393b60f', '3f7c1f6a-5a5e-4c1d-9d0b-5e2f3a6b7c80', false, false, 1,
	'', 'RDBMS_DUCKDB', '', '', '', '{"Type":"RDBMS_DUCKDB","Authentication":"","Properties":null}');
