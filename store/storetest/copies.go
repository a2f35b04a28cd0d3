package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// due is a table of who may do what: authors everything, others what they were
// granted, and with a column a part of its table.
var due = fmt.Sprintf(`WITH due AS (SELECT object_id, principal_id, max(level) AS level FROM (
		SELECT id AS object_id, author AS principal_id, %d AS level FROM objects
		UNION ALL
		SELECT object_id, principal_id, CASE WHEN item_id = object_id THEN level ELSE %d END FROM grants
	) given WHERE object_id IN (SELECT id FROM objects WHERE type <> '%s') GROUP BY object_id, principal_id) `,
	searchlight.Modify, searchlight.PartialAccess, searchlight.TypeVisualization)

// differing are queries that count what the tables which lists are read from
// hold beyond or short of those that they copy.
var differing = map[string]string{
	"authors of objects": `SELECT count(*) FROM objects o LEFT JOIN users u ON u.id = o.author WHERE o.author_key <> coalesce(u.name_key, '')`,
	"access": `SELECT count(*) FROM access a JOIN objects o ON o.id = a.object_id WHERE a.type <> o.type OR a.subtype <> o.subtype OR a.name_key <> o.name_key
		OR a.author_key <> o.author_key OR a.created <> o.created OR a.modified <> o.modified OR a.hidden <> o.hidden OR a.auto_created <> o.auto_created`,
	"rights that are missing": due + `SELECT count(*) FROM due d WHERE NOT EXISTS (SELECT 1 FROM access a
		WHERE a.object_id = d.object_id AND a.principal_id = d.principal_id AND a.level = d.level)`,
	"rights that nobody was given": due + `SELECT count(*) FROM access a WHERE NOT EXISTS (SELECT 1 FROM due d
		WHERE a.object_id = d.object_id AND a.principal_id = d.principal_id AND a.level = d.level)`,
	"names that nothing has": `SELECT count(*) FROM names n WHERE NOT EXISTS (SELECT 1 FROM objects o WHERE o.name_key = n.key)
		AND NOT EXISTS (SELECT 1 FROM object_columns c WHERE c.name_key = n.key)`,
	"names that are missing": `SELECT count(*) FROM (SELECT name_key FROM objects UNION SELECT name_key FROM object_columns) k
		WHERE NOT EXISTS (SELECT 1 FROM names n WHERE n.key = k.name_key)`,
	"pieces that no name has": `SELECT count(*) FROM name_pieces p WHERE NOT EXISTS (SELECT 1 FROM names n
		WHERE n.id = p.name_id AND replace('<' || n.key || '>>', p.piece, '') <> '<' || n.key || '>>')`,
	// The names of RunCopies are ab and three different digits.
	"names without their six pieces": `SELECT count(*) FROM names n WHERE n.key LIKE 'ab___' AND (SELECT count(*) FROM name_pieces p WHERE p.name_id = n.id) <> 6`,
}

// RunCopies checks that what lists are read from follows what is written. count
// answers a query on the database of the store that open opened last.
func RunCopies(t *testing.T, open func(t *testing.T, now func() time.Time) searchlight.Store, count func(query string) (int, error)) {
	c := &clock{time: start}
	f := &fixture{T: t, clock: c, store: open(t, c.now)}
	random := rand.New(rand.NewPCG(17, 19))
	name := func() string {
		digits := random.Perm(5)
		return fmt.Sprintf("Ab%d%d%d", digits[0], digits[1], digits[2])
	}
	author := func() searchlight.GUID { return id(51 + random.IntN(4)) }
	for n := range 4 {
		f.createUsers(user(51+n, fmt.Sprint("user ", n)))
	}
	f.createGroups(group(61, "team"))
	none := func(what, query string) {
		t.Helper()
		n, err := count(query)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if n != 0 {
			t.Fatalf("%s: %d", what, n)
		}
	}
	there := map[int]bool{}
	for range 150 {
		n := 100 + random.IntN(30)
		f.update(func(tx searchlight.Tx) error {
			if !there[n] {
				o := worksheet(n, name())
				o.Author, o.Columns = author(), []searchlight.ObjectColumn{column(10*n, name()), column(10*n+1, name())}
				if n%10 == 0 {
					o.Type, o.Subtype = searchlight.TypeVisualization, "" // of no pinboard
				}
				return tx.CreateObject(o)
			}
			o, err := tx.Object(id(n))
			if err != nil {
				return err
			}
			grantee := id(61)
			if u := author(); random.IntN(2) == 0 {
				if _, err := tx.User(u); err == nil {
					grantee = u
				}
			}
			item := []searchlight.GUID{o.ID, o.ID, o.Columns[0].ID, o.Columns[1].ID}[random.IntN(4)]
			switch random.IntN(8) {
			case 0:
				o.Name, o.Columns[1].Name = name(), name()
			case 1:
				o.Author, o.Modified, o.Hidden = author(), at(random.IntN(9)), !o.Hidden
			case 2, 3, 4:
				level := []searchlight.Level{readOnly, modify}[random.IntN(2)]
				return tx.SetGrant(searchlight.Grant{Object: item, Principal: grantee, Level: level, GrantedBy: searchlight.AdminUserID})
			case 5, 6:
				return tx.DeleteGrant(item, grantee)
			default:
				return tx.DeleteObject(o.ID)
			}
			return tx.UpdateObject(o)
		})
		f.view(func(tx searchlight.Tx) error {
			_, err := tx.Header(id(n))
			there[n] = err == nil
			return nil
		})
		// Rights that are wrong may be put right by what comes later.
		for _, what := range []string{"rights that are missing", "rights that nobody was given"} {
			none(what, differing[what])
		}
		u := author()
		f.update(func(tx searchlight.Tx) error {
			stored, err := tx.User(u)
			if err != nil {
				again := user(0, fmt.Sprint("again ", u[35:]))
				again.ID = u
				return tx.CreateUser(again)
			}
			if random.IntN(3) == 0 {
				return tx.DeleteUser(u)
			}
			stored.Name = fmt.Sprint("user ", u[35:], random.IntN(100))
			return tx.UpdateUser(stored)
		})
	}
	for what, query := range differing {
		none(what, query)
	}
	if n, err := count(`SELECT count(*) FROM names`); err != nil || n < 20 {
		t.Errorf("%d names, error %v", n, err)
	}
	f.update(func(tx searchlight.Tx) error {
		for n := range there {
			if there[n] {
				if err := tx.DeleteObject(id(n)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if n, err := count(`SELECT count(*) FROM names`); err != nil || n != 1 { // that of the built-in connection
		t.Errorf("%d names, error %v", n, err)
	}
}
