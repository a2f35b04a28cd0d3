package depcheck_test

// rule lists what a package may import of this module besides itself; "."
// is the root package, "…" everything. Standard library packages are free.
type rule struct {
	pkg  string
	may  string
	only string // why nothing else
}

// The order is that of the layers: a package stands below those that it may
// import.
var rules = []rule{
	{"source", "", "positions and diagnostics serve every language, so they know none"},
	{"datatype", "", "the vocabulary of types is shared by all and depends on nobody"},
	{"result", "", "rows are what engines and writers meet on; neither may leak in"},
	{"seal", "", "sealing secrets needs keys and bytes, nothing of the product"},
	{".", "datatype source", "the domain is what all services share and must not know how they work"},

	{"expr", "datatype", "typed expressions carry meaning between stages and belong to none of them"},
	{"period", "datatype", "date phrases mean the same in searches, filters and worksheets"},
	{"joinexpr", "source", "the language of joins is grammar alone"},
	{"formula", "datatype expr source", "the language of formulas resolves names through a scope, never a model"},
	{"search", "datatype source", "the language of searches is grammar alone: a column that does not exist is no error here"},
	{"tml", ". datatype source", "files become domain types; what these mean is for others to say"},

	{"model", ". datatype expr formula joinexpr period source", "a model is compiled from definitions alone, for any search and any user"},
	{"bind", ". datatype expr model period search source", "the only place where text meets the model; plans and SQL come later"},
	{"plan", ". bind datatype expr model source", "plans are right on every database, so no dialect is named"},
	{"plan/rewrite", "datatype expr plan", "rewrites see plans and nothing that was before them"},
	{"sqlgen", "datatype expr plan", "all rules of meaning are in the plan already"},
	{"sqlgen/duckdb", "datatype expr sqlgen", "a dialect is text; the driver belongs to the engine"},
	{"sqlgen/postgres", "datatype expr sqlgen", "a dialect is text; the driver belongs to the engine"},

	{"engine", "datatype result", "an engine runs statements and knows nothing of plans"},
	{"engine/duckdb", "datatype engine result", "an engine runs statements and knows nothing of plans"},
	{"engine/postgres", "datatype engine result", "an engine runs statements and knows nothing of plans"},
	{"load", ". datatype engine result", "files become rows through the interface of engines"},
	{"demo", "result", "demonstration data is rows"},

	{"query", ". bind datatype engine expr internal/memo model period plan plan/rewrite result search source sqlgen",
		"the service knows every stage but no concrete engine, dialect or store"},
	{"metadata", ". datatype engine expr formula joinexpr model source tml", "import and export of definitions never answer searches"},

	{"store/sqlstore", ".", "a store keeps objects and does not look into them"},
	{"store/sqlite", ". store/sqlstore", "a store keeps objects and does not look into them"},
	{"store/postgres", ". store/sqlstore", "a store keeps objects and does not look into them"},
	{"audit", ".", "the log is kept by the store; the package reads it"},
	{"sharing", ".", "who may see what does not depend on what it is"},
	{"directory", ".", "users and groups are managed apart from how they sign in"},
	{"auth", ". internal/memo", "who somebody is does not depend on what they ask"},
	{"mail", ".", "what mails say, and who gets them, is for others to decide"},
	{"auth/saml", ". auth redirect", "messages of identity providers are judged where nothing of the product can help them"},
	{"redirect", ".", "where a browser may be sent does not depend on how it signed in"},

	{"api/v1", ". datatype directory metadata query redirect result sharing source tml", "handlers decode, call one service and encode"},
	{"api/app", ". datatype load", "handlers decode, call one service and encode"},
	{"web", "", "the user interface is files"},
	{"api/sso", ". auth/saml", "handlers decode, call one service and encode"},
	{"server", ". api/app api/sso api/v1 audit auth auth/saml query redirect result web", "routing and middleware; the pipeline is behind the services"},
	{"internal/memo", "", "it keeps values and does not look into them"},
	{"internal/app", "…", "the wiring names what is concrete, by hand"},
	{"cmd/searchlight", ". api/app demo internal/app load", "flags, configuration and a client of the server; the wiring is in internal/app"},

	{"bench", "…", "measures all of it"},
	{"mock", ". api/app api/v1 auth directory metadata query result sharing", "doubles of interfaces hold no logic"},
	{"engine/enginetest", "datatype engine result", "the suite defines an engine, so it knows none"},
	{"store", "", "tests that compare the stores"},
	{"store/storetest", ".", "the suite defines a store, so it knows none"},
	{"sqlgen/rowtest", "", "tests that run searches on real engines"},
	{"internal/fixture", ". datatype model", "shared schemas are definitions, for tests of any stage"},
	{"internal/golden", ". bind internal/fixture model plan search source", "goldens run searches as far as a plan"},
	{"internal/pgtest", "", "an empty database knows nothing of the product"},
	{"internal/gen", "datatype formula search source", "reference pages come from the languages alone"},
	{"internal/testsize", "", "how much tests do is the same for all of them"},
	{"internal/depcheck", "", "it reads the tree and needs none of it"},
}

// ban keeps a package, of this module or of others, to a few importers.
type ban struct {
	pkg   string // with everything beneath it
	by    string // the packages that may import it
	tests string // those whose tests may as well; "…" everybody's
	why   string
}

const (
	wiring   = "internal/app bench"
	forTests = "it is for tests"
)

var bans = []ban{
	{"engine/duckdb", wiring, "engine/duckdb load sqlgen/rowtest query demo internal/app cmd/searchlight", "linking DuckDB takes half a minute, and only the wiring names engines"},
	{"engine/postgres", wiring, "engine/postgres sqlgen/rowtest query internal/app cmd/searchlight", "only the wiring names engines"},
	{"sqlgen/duckdb", wiring, "…", "only the wiring names dialects"},
	{"sqlgen/postgres", wiring, "…", "only the wiring names dialects"},
	{"store/sqlite", wiring, "…", "only the wiring names stores"},
	{"store/postgres", wiring, "…", "only the wiring names stores"},
	{"store/sqlstore", "store/sqlite store/postgres", "", "it is what the two stores share"},
	{"internal/app", "bench cmd/searchlight", "bench cmd/searchlight", "nothing stands above the wiring but its programs"},
	{"cmd", "", "", "nothing imports a program"},
	{"bench", "", "", "nothing depends on measurements"},
	{"mock", "", "…", forTests},
	{"engine/enginetest", "", "…", forTests},
	{"store/storetest", "bench", "…", "it is for tests and measurements"},
	{"internal/fixture", "internal/golden", "…", forTests},
	{"internal/golden", "", "…", forTests},
	{"internal/pgtest", "bench", "…", "it is for tests and measurements"},
	{"internal/testsize", "", "…", forTests},

	{"github.com/duckdb", "engine/duckdb", "engine/duckdb", "a driver stays inside its adapter"},
	{"github.com/jackc/pgx", "engine/postgres store/postgres internal/pgtest", "…", "a driver stays inside its adapter"},
	{"github.com/mattn/go-sqlite3", "store/sqlite", "store", "a driver stays inside its adapter"},
	{"modernc.org/sqlite", "store/sqlite", "store", "a driver stays inside its adapter"},
	{"github.com/alecthomas/kong", "cmd/searchlight", "", "flags are read in cmd alone"},
	{"github.com/goccy/go-yaml", "cmd/searchlight", "", "configuration is read in cmd; package tml has a reader of its own, which keeps places"},
	{"github.com/prometheus", "server bench internal/app", "…", "what is measured is decided at the edge"},
	{"github.com/wneessen/go-mail", "mail", "", "a protocol stays inside its adapter"},
	{"github.com/crewjam/saml", "auth/saml", "api/sso", "messages of identity providers are judged in one place"},
	{"github.com/chromedp", "", "api/sso", "browsers are for tests"},
	{"github.com/emersion", "", "mail server", "the mail server is for tests"},
	{"github.com/cockroachdb/datadriven", "internal/golden", "…", forTests},
	{"github.com/google/go-cmp", "engine/enginetest store/storetest", "…", forTests},
	{"pgregory.net/rapid", "", "…", forTests},
	{"net/http", "api/app api/sso api/v1 server web internal/app bench cmd/searchlight mock", "…", "transport stays out of the core"},
	{"os", "api/app engine/duckdb load seal server web internal/app internal/gen internal/pgtest internal/testsize bench cmd/searchlight store/sqlite store/storetest", "…", "configuration and files are for the edges"},
}
