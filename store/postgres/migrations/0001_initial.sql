-- Times are milliseconds since the epoch. A name_key is the name as the store
-- folds it, so that names compare ignoring case whatever the collation is.

CREATE TABLE users (
	id                   text COLLATE "C" NOT NULL PRIMARY KEY,
	name                 text COLLATE "C" NOT NULL,
	name_key             text COLLATE "C" NOT NULL UNIQUE,
	display_name         text COLLATE "C" NOT NULL,
	display_key          text COLLATE "C" NOT NULL,
	email                text COLLATE "C" NOT NULL,
	type                 text COLLATE "C" NOT NULL,
	state                text COLLATE "C" NOT NULL,
	visibility           text COLLATE "C" NOT NULL,
	password_hash        text COLLATE "C" NOT NULL,
	must_change_password boolean NOT NULL,
	identity             text COLLATE "C" NOT NULL,
	preferences          text COLLATE "C" NOT NULL,
	home_pinboard        text COLLATE "C" NOT NULL,
	first_login          bigint,
	author               text COLLATE "C" NOT NULL,
	created              bigint NOT NULL,
	modified             bigint NOT NULL,
	modified_by          text COLLATE "C" NOT NULL,
	version              bigint NOT NULL,
	failed_logins        bigint NOT NULL,
	locked_until         bigint
);
CREATE UNIQUE INDEX users_identity ON users (identity) WHERE identity <> '';
CREATE INDEX users_created ON users (created DESC, id);
CREATE INDEX users_modified ON users (modified DESC, id);
CREATE INDEX users_author ON users (author, id);

CREATE TABLE groups (
	id                  text COLLATE "C" NOT NULL PRIMARY KEY,
	name                text COLLATE "C" NOT NULL,
	name_key            text COLLATE "C" NOT NULL UNIQUE,
	display_name        text COLLATE "C" NOT NULL,
	display_key         text COLLATE "C" NOT NULL,
	description         text COLLATE "C" NOT NULL,
	type                text COLLATE "C" NOT NULL,
	visibility          text COLLATE "C" NOT NULL,
	pinboards           text COLLATE "C" NOT NULL,
	assignable_by_token boolean NOT NULL,
	assignable_by_sso   boolean NOT NULL,
	author              text COLLATE "C" NOT NULL,
	created             bigint NOT NULL,
	modified            bigint NOT NULL,
	modified_by         text COLLATE "C" NOT NULL,
	version             bigint NOT NULL
);

-- Without foreign keys, which would cost more than the rows: a user/sync writes
-- ten thousands of them. The store looks for users and groups itself.
CREATE TABLE group_users (
	group_id text COLLATE "C" NOT NULL,
	user_id  text COLLATE "C" NOT NULL,
	PRIMARY KEY (user_id, group_id)
);
CREATE INDEX group_users_group ON group_users (group_id);

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

-- privileges are what the token was made for, as JSON. The columns of earlier are
-- about the token whose place it took.
CREATE TABLE sessions (
	token_hash  bytea NOT NULL PRIMARY KEY,
	user_id     text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	method      text COLLATE "C" NOT NULL,
	remember    boolean NOT NULL,
	created     bigint NOT NULL,
	last_active bigint NOT NULL,
	ends        bigint,
	scope       text COLLATE "C" NOT NULL,
	source      text COLLATE "C" NOT NULL,
	privileges  text COLLATE "C" NOT NULL,
	earlier_hash       bytea,
	earlier_privileges text COLLATE "C" NOT NULL,
	earlier_ends       bigint
);
CREATE INDEX sessions_user ON sessions (user_id, created);
CREATE INDEX sessions_idle ON sessions (remember, last_active);
CREATE INDEX sessions_source ON sessions (source);
CREATE INDEX sessions_earlier ON sessions (earlier_hash);

-- A key stays taken until its ticket is pruned, also when it has expired.
CREATE TABLE tickets (
	kind    text COLLATE "C" NOT NULL,
	key     bytea NOT NULL,
	user_id text COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
	source  text COLLATE "C" NOT NULL,
	data    text COLLATE "C" NOT NULL,
	created bigint NOT NULL,
	expires bigint NOT NULL,
	PRIMARY KEY (kind, key)
);
CREATE INDEX tickets_user ON tickets (user_id, kind);
CREATE INDEX tickets_expires ON tickets (expires);

-- What holds for the whole installation, as JSON.
CREATE TABLE settings (
	key   text COLLATE "C" NOT NULL PRIMARY KEY,
	value text COLLATE "C" NOT NULL
);

CREATE TABLE objects (
	id              text COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 36),
	type            text COLLATE "C" NOT NULL,
	subtype         text COLLATE "C" NOT NULL,
	name            text COLLATE "C" NOT NULL,
	name_key        text COLLATE "C" NOT NULL,
	description     text COLLATE "C",
	author          text COLLATE "C" NOT NULL,
	author_key      text COLLATE "C" NOT NULL, -- of the author's name; empty when the author is gone
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
	object_id text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	target_id text COLLATE "C" NOT NULL,
	PRIMARY KEY (object_id, target_id)
);
CREATE INDEX object_references_target ON object_references (target_id, object_id);

-- The columns of a LOGICAL_TABLE that can be shared and tagged.
CREATE TABLE object_columns (
	id        text COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 36),
	object_id text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	position  bigint NOT NULL,
	name      text COLLATE "C" NOT NULL,
	name_key  text COLLATE "C" NOT NULL,
	hidden    boolean NOT NULL,
	formula   boolean NOT NULL
);
CREATE UNIQUE INDEX object_columns_object ON object_columns (object_id, position);
CREATE INDEX object_columns_name ON object_columns (name_key, id);

-- An item is an object or one of its columns.
CREATE TABLE object_tags (
	item_id   text COLLATE "C" NOT NULL,
	tag_id    text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	object_id text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	PRIMARY KEY (item_id, tag_id)
);
CREATE INDEX object_tags_tag ON object_tags (tag_id, item_id);
CREATE INDEX object_tags_object ON object_tags (object_id, item_id);

-- What was shared with a user or a group, at a level of searchlight.Level.
CREATE TABLE grants (
	item_id      text COLLATE "C" NOT NULL,
	principal_id text COLLATE "C" NOT NULL,
	object_id    text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	level        bigint NOT NULL,
	granted_by   text COLLATE "C" NOT NULL,
	PRIMARY KEY (item_id, principal_id)
);
CREATE INDEX grants_object ON grants (object_id, principal_id, item_id, level);
CREATE INDEX grants_principal ON grants (principal_id, object_id);

-- The names that objects and columns have, once each as a key, and the pieces
-- that they are found by: three characters each, of <key>>.
CREATE TABLE names (
	id  bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	key text COLLATE "C" NOT NULL UNIQUE
);
CREATE TABLE name_pieces (
	piece   text COLLATE "C" NOT NULL,
	name_id bigint NOT NULL,
	PRIMARY KEY (piece, name_id)
);

-- Who sees which objects at which level, as author or by a grant: what lists
-- of somebody's objects are read from. It copies what lists are ordered and
-- filtered by, so that the first objects of each principal, of each type, are
-- found in an index. Everything in it follows from objects and grants.
CREATE TABLE access (
	object_id    text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	principal_id text COLLATE "C" NOT NULL,
	level        bigint NOT NULL,
	type         text COLLATE "C" NOT NULL,
	subtype      text COLLATE "C" NOT NULL,
	name_key     text COLLATE "C" NOT NULL,
	author_key   text COLLATE "C" NOT NULL,
	created      bigint NOT NULL,
	modified     bigint NOT NULL,
	hidden       boolean NOT NULL,
	auto_created boolean NOT NULL,
	PRIMARY KEY (object_id, principal_id)
);
CREATE INDEX access_modified ON access (principal_id, type, modified DESC, object_id, level, subtype, hidden, auto_created, name_key);
CREATE INDEX access_created ON access (principal_id, type, created DESC, object_id, level, subtype, hidden, auto_created, name_key);
CREATE INDEX access_name ON access (principal_id, type, name_key, object_id, level, subtype, hidden, auto_created);
CREATE INDEX access_by_author ON access (principal_id, type, author_key, object_id, level, subtype, hidden, auto_created);
-- Most tables are plain; lists of the others alone begin here.
CREATE INDEX access_subtype ON access (principal_id, subtype, object_id, level, hidden, auto_created, modified, created, name_key) WHERE type = 'LOGICAL_TABLE' AND subtype <> 'ONE_TO_ONE_LOGICAL';

-- What a principal was granted goes with it; what a user made stays. Arrays are
-- looked up in the indexes: for a join PostgreSQL would read all rows.
CREATE FUNCTION forget_principals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM grants WHERE principal_id = ANY (ARRAY(SELECT id FROM gone));
	DELETE FROM access a WHERE a.principal_id = ANY (ARRAY(SELECT id FROM gone))
		AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.id = a.object_id AND o.author = a.principal_id);
	RETURN NULL;
END $$;
CREATE TRIGGER users_forget AFTER DELETE ON users REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_principals();
CREATE TRIGGER groups_forget AFTER DELETE ON groups REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_principals();

-- Objects know the names of their authors, also of those who come later.
CREATE FUNCTION name_author(author text, name_key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE access SET author_key = $2 WHERE object_id = ANY (ARRAY(SELECT o.id FROM objects o WHERE o.author = $1));
	UPDATE objects o SET author_key = $2 WHERE o.author = $1;
END $$;
CREATE FUNCTION name_authors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM name_author(u.id, u.name_key) FROM named u WHERE EXISTS (SELECT 1 FROM objects o WHERE o.author = u.id LIMIT 1 OFFSET 0);
	RETURN NULL;
END $$;
CREATE FUNCTION rename_author() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM name_author(NEW.id, NEW.name_key);
	RETURN NULL;
END $$;
CREATE FUNCTION forget_authors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM name_author(gone.id, '') FROM gone WHERE EXISTS (SELECT 1 FROM objects o WHERE o.author = gone.id LIMIT 1 OFFSET 0);
	RETURN NULL;
END $$;
CREATE TRIGGER users_create AFTER INSERT ON users REFERENCING NEW TABLE AS named FOR EACH STATEMENT EXECUTE FUNCTION name_authors();
CREATE TRIGGER users_rename AFTER UPDATE OF name_key ON users FOR EACH ROW WHEN (NEW.name_key <> OLD.name_key) EXECUTE FUNCTION rename_author();
CREATE TRIGGER users_forget_author AFTER DELETE ON users REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_authors();

CREATE TABLE favourites (
	user_id   text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	object_id text COLLATE "C" NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, object_id)
);
CREATE INDEX favourites_object ON favourites (object_id, user_id);

-- Each record holds the hash of the one before. The anchor, one row, is the
-- last one that was removed for its age: the record that the first one follows.
CREATE TABLE audit_log (
	sequence bigint NOT NULL PRIMARY KEY,
	time     bigint NOT NULL,
	address  text COLLATE "C" NOT NULL,
	entry    text COLLATE "C" NOT NULL,
	previous bytea NOT NULL,
	hash     bytea NOT NULL
);
CREATE INDEX audit_log_time ON audit_log (time, sequence);
CREATE TABLE audit_anchor (
	sequence bigint NOT NULL,
	hash     bytea NOT NULL
);
INSERT INTO audit_anchor (sequence, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- Records are appended, and never changed. They go when the anchor has moved
-- past them, which it only does forwards, from record to record.
CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_TABLE_NAME = 'audit_log' THEN
		IF TG_OP = 'INSERT' AND NEW.sequence = 1 + coalesce((SELECT max(sequence) FROM audit_log), (SELECT sequence FROM audit_anchor)) THEN
			RETURN NEW;
		ELSIF TG_OP = 'DELETE' AND OLD.sequence <= (SELECT sequence FROM audit_anchor) THEN
			RETURN OLD;
		END IF;
	ELSIF TG_OP = 'UPDATE' AND NEW.sequence > OLD.sequence
		AND EXISTS (SELECT 1 FROM audit_log WHERE sequence = NEW.sequence AND hash = NEW.hash) THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_log_rows BEFORE INSERT OR UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_log_all BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_anchor_rows BEFORE INSERT OR UPDATE OR DELETE ON audit_anchor FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_anchor_all BEFORE TRUNCATE ON audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION audit_guard();

-- One row, which grows with every change of objects, principals and settings.
CREATE TABLE version (
	value bigint NOT NULL
);
INSERT INTO version (value) VALUES (1);

-- The built-in principals (security.md 1.1), and the built-in connection.
INSERT INTO users (id, name, name_key, display_name, display_key, email, type, state, visibility, password_hash, must_change_password,
	identity, preferences, home_pinboard, author, created, modified, modified_by, version, failed_logins) VALUES
	('59481331-ee53-42be-a548-bd87be6ddd4a', 'tsadmin', 'tsadmin', 'Administrator', 'administrator', '', 'LOCAL_USER', 'ACTIVE', 'DEFAULT', '', false, '', '{}', '',
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1, 0),
	('0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 'su', 'su', 'Administrator Super-User', 'administrator super-user', '', 'LOCAL_USER', 'ACTIVE', 'DEFAULT', '', false, '', '{}', '',
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1, 0),
	('67e15c06-d153-4924-a4cd-ff615393b60f', 'system', 'system', 'System User', 'system user', '', 'LOCAL_USER', 'ACTIVE', 'DEFAULT', '', false, '', '{}', '',
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1, 0),
	('b8760356-c55c-4406-a104-2e6f45885f31', 'guest', 'guest', 'Guest', 'guest', '', 'LOCAL_USER', 'INACTIVE', 'DEFAULT', '', false, '', '{}', '',
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1, 0);

INSERT INTO groups (id, name, name_key, display_name, display_key, description, type, visibility, pinboards, assignable_by_token,
	assignable_by_sso, author, created, modified, modified_by, version) VALUES
	('d0326b56-ef23-4c8a-8327-a30e99bcc72b', 'Administrator', 'administrator', 'Administration Group', 'administration group', '', 'LOCAL_GROUP', 'DEFAULT', '[]', false, false,
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1),
	('b25ee394-9d13-49e3-9385-cd97f5b253b4', 'All', 'all', 'All Group', 'all group', '', 'LOCAL_GROUP', 'DEFAULT', '[]', false, false,
	'0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1354006445722, 1354006445722, '0f0dd0f7-7411-4195-a4aa-0dc6b58413c9', 1),
	('179d8867-cf36-4a8d-a019-63a226fd3196', 'System', 'system', 'System Management Group', 'system management group', '', 'LOCAL_GROUP', 'DEFAULT', '[]', false, false,
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
	1354006445722, 1354006445722, '67e15c06-d153-4924-a4cd-ff615393b60f', '3f7c1f6a-5a5e-4c1d-9d0b-5e2f3a6b7c80', false, false, 1,
	'', 'RDBMS_DUCKDB', '', '', '', '{"Type":"RDBMS_DUCKDB","Authentication":"","Properties":null}');

INSERT INTO access (object_id, principal_id, level, type, subtype, name_key, author_key, created, modified, hidden, auto_created)
	SELECT id, author, 3, type, subtype, name_key, author_key, created, modified, hidden, auto_created FROM objects;

INSERT INTO names (key) VALUES ('embedded');
WITH p (piece) AS (VALUES ('<em'), ('emb'), ('mbe'), ('bed'), ('edd'), ('dde'), ('ded'), ('ed>'), ('d>>'))
	INSERT INTO name_pieces (piece, name_id) SELECT p.piece, n.id FROM names n CROSS JOIN p;
