package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
)

// vault holds the secrets of a test, and everything that the server said.
type vault struct {
	mu        sync.Mutex
	secrets   map[string]string // what each of them is
	handedOut map[string]int    // the exchange that is meant to tell a secret
	exchanges []exchange
	next      http.RoundTripper
}

// exchange is a request with the whole answer as text.
type exchange struct {
	what, answer string
}

// RoundTrip implements http.RoundTripper. The session that an answer opens is
// a secret from then on.
func (v *vault) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := v.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	var text strings.Builder
	if err := response.Header.Write(&text); err != nil {
		return nil, err
	}
	text.Write(body)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.exchanges = append(v.exchanges, exchange{r.Method + " " + r.URL.Path, text.String()})
	for _, c := range response.Cookies() {
		if c.Name == "JSESSIONID" && c.Value != "" {
			v.secrets[c.Value], v.handedOut[c.Value] = "a session", len(v.exchanges)-1
		}
	}
	return response, nil
}

// plant makes a secret.
func (v *vault) plant(what string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	// As a password it suits the policy, in URLs and JSON it is written in
	// other ways, and no other secret has a part of it.
	secret := fmt.Sprintf(`Can4ry-%d"&/<%s>`, len(v.secrets), hex.EncodeToString(fmt.Append(nil, len(v.secrets)*7919+104729)))
	v.secrets[secret] = what
	return secret
}

// told makes a secret of what the last answer told, by design.
func (v *vault) told(what, secret string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(secret) < 20 {
		panic(what + " is no secret: " + secret)
	}
	v.secrets[secret], v.handedOut[secret] = what, len(v.exchanges)-1
	return secret
}

// client is one whose exchanges are kept.
func (v *vault) client(t *testing.T, base string) *client {
	c := visitor(t, base)
	v.next = c.http.Transport
	c.http.Transport = v
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// forms are the ways in which texts are written.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret)
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	all := []string{secret, string(quoted[1 : len(quoted)-1]), strings.Trim(plain.String(), "\"\n"), url.QueryEscape(secret), url.PathEscape(secret),
		strings.ReplaceAll(url.QueryEscape(secret), "+", "%20"), fmt.Sprintf("%q", secret), hex.EncodeToString([]byte(secret)),
		strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;", `"`, "&#34;").Replace(secret)}
	// Within a longer text base64 begins at one of three places; what stands in
	// the middle is the same whatever surrounds it.
	for shift := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + secret))
		all = append(all, encoded[(shift*8+5)/6:len(encoded)-4])
	}
	return all
}

// find returns what stands in a text that should not.
func (v *vault) find(text string, except func(secret string) bool) (found []string) {
	for secret, what := range v.secrets {
		if except != nil && except(secret) {
			continue
		}
		for _, form := range forms(secret) {
			if at := strings.Index(text, form); at >= 0 {
				found = append(found, fmt.Sprintf("%s: …%.200s", what, text[max(0, at-60):]))
				break
			}
		}
	}
	slices.Sort(found)
	return found
}

func (v *vault) check(t *testing.T, where, text string) {
	t.Helper()
	for _, found := range v.find(text, nil) {
		t.Errorf("%s shows %s", where, found)
	}
}

// checkExchanges looks at every answer; what one tells by design it may tell.
func (v *vault) checkExchanges(t *testing.T) {
	t.Helper()
	for i, e := range v.exchanges {
		for _, found := range v.find(e.answer, func(secret string) bool { at, ok := v.handedOut[secret]; return ok && at == i }) {
			t.Errorf("the answer of %s shows %s", e.what, found)
		}
	}
	if len(v.exchanges) < 200 {
		t.Errorf("only %d exchanges", len(v.exchanges))
	}
}

// refusingMailServer takes no password, and repeats what it got.
func refusingMailServer(t *testing.T) (addr string, tried func() bool) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var mu sync.Mutex
	signIns := 0
	talk := func(connection net.Conn) {
		defer func() { _ = connection.Close() }()
		say := func(line string) { _, _ = io.WriteString(connection, line+"\r\n") }
		say("220 mail.example.com")
		lines := bufio.NewScanner(connection)
		for lines.Scan() {
			switch verb, rest, _ := strings.Cut(lines.Text(), " "); strings.ToUpper(verb) {
			case "EHLO":
				say("250-mail.example.com\r\n250 AUTH PLAIN")
			case "AUTH":
				mu.Lock()
				signIns++
				mu.Unlock()
				say("535 5.7.8 I do not take " + rest)
			case "QUIT":
				say("221 bye")
				return
			default:
				say("502 5.5.1 what?")
			}
		}
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go talk(connection)
		}
	}()
	return listener.Addr().String(), func() bool {
		mu.Lock()
		defer mu.Unlock()
		return signIns > 0
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// TestPlantedSecrets does everything once, well and badly, with secrets that
// can be recognised, and then looks for them in all that the server leaves
// behind and says.
func TestPlantedSecrets(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		v := newVault()
		dir := t.TempDir()
		fill(t, dir, fixture.Data)
		r, metrics := plantSecrets(t, v, dir, place{database: "searchlight", schema: "main"})
		v.check(t, "the metrics", metrics)
		if code := r.stop(); code != exitOK {
			t.Errorf("exit code %d", code)
		}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			v.check(t, "the file "+d.Name(), string(content))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		metadata, dsn := pgtest.Database(t), postgres(t, fixture.Data)
		v := newVault()
		// The server of the tests takes every password.
		u, err := url.Parse(metadata)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword("postgres", v.plant("the password of the metadata database"))
		dir := t.TempDir()
		_, metrics := plantSecrets(t, v, dir, onPostgres(dsn), "--metadata-url", u.String())
		v.check(t, "the metrics", metrics)
		v.check(t, "the metadata", dump(t, metadata))
	})
}

func newVault() *vault { return &vault{secrets: map[string]string{}, handedOut: map[string]int{}} }

// dump is all that a database holds.
func dump(t *testing.T, dsn string) string {
	t.Helper()
	ctx := context.Background()
	db, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(ctx) }()
	read := func(query string) []string {
		rows, err := db.Query(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return texts
	}
	var text strings.Builder
	for _, column := range read(`SELECT quote_ident(table_name) || '.' || quote_ident(column_name) FROM information_schema.columns WHERE table_schema = 'public'`) {
		table, name, _ := strings.Cut(column, ".")
		// What is binary becomes hexadecimal digits, in which secrets are sought too.
		text.WriteString(strings.Join(read(`SELECT coalesce(`+name+`::text, '') FROM `+table), "\n"))
	}
	if !strings.Contains(text.String(), "tsadmin") || !strings.Contains(text.String(), "LOGIN_SUCCESSFUL") {
		t.Fatalf("a dump of nothing: %.300s", text.String())
	}
	return text.String()
}

// plantSecrets runs a server, does everything, and checks the log and all
// answers. The server still runs afterwards.
func plantSecrets(t *testing.T, v *vault, dir string, at place, flags ...string) (r *running, metrics string) {
	key := randomKey(t)
	v.secrets[key] = "the secret key of the server"
	v.secrets[password] = "the administrator's password"
	smtp, tried := refusingMailServer(t)
	smtpFile := filepath.Join(t.TempDir(), "smtp")
	if err := os.WriteFile(smtpFile, []byte(v.plant("the password of the mail server")), 0o600); err != nil {
		t.Fatal(err)
	}
	adminAddr := freeAddress(t)
	r = start(t, "serve", dir, append([]string{"--log-level", "debug", "--admin-addr", adminAddr, "--secret-key", key,
		"--smtp-addr", smtp, "--smtp-tls", "none", "--smtp-user", "bi", "--smtp-password-file", smtpFile, "--mail-from", "bi@example.com"}, flags...)...)
	d := &deeds{t: t, v: v, admin: v.client(t, r.base), base: r.base, at: at}
	d.all()
	if !tried() {
		t.Error("no mail was tried")
	}
	metrics = string(d.admin.get2(t, "http://"+adminAddr+"/metrics"))
	if !strings.Contains(metrics, "searchlight_") {
		t.Fatalf("no metrics: %.300s", metrics)
	}
	v.checkExchanges(t)
	v.check(t, "the log", r.stderr.String())
	v.check(t, "the output", r.stdout.String())
	if log := r.stderr.String(); !strings.Contains(log, "level=DEBUG") && !strings.Contains(log, "error=") {
		t.Errorf("the log says little: %.500s", log)
	}
	return r, metrics
}

func (c *client) get2(t *testing.T, address string) []byte {
	t.Helper()
	response, err := c.http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// deeds are what the test does.
type deeds struct {
	t     *testing.T
	v     *vault
	admin *client
	base  string
	at    place
}

func (d *deeds) must(a answer) answer {
	d.t.Helper()
	if a.status >= 300 {
		d.t.Fatalf("%d %s", a.status, a.body)
	}
	return a
}

// refused is a call that must fail.
func (d *deeds) refused(a answer) {
	d.t.Helper()
	if a.status < 400 {
		d.t.Errorf("%d %s; want a refusal", a.status, a.body)
	}
}

func (d *deeds) all() {
	for _, step := range []func(){d.signIn, d.passwords, d.synchronise, d.tokens, d.connections, d.malformed, d.mail, d.walk, d.read} {
		step()
	}
}

func (d *deeds) signIn() {
	d.must(d.admin.login("tsadmin", password))
	stranger := d.v.client(d.t, d.base)
	d.refused(stranger.login("tsadmin", d.v.plant("a wrong password")))
	d.refused(stranger.login("nobody", d.v.plant("a password of nobody")))
	// A person types the password where the name belongs.
	d.refused(stranger.login(d.v.plant("a password as a name"), "x"))
	d.refused(stranger.get("session/login", "username", "tsadmin", "password", d.v.plant("a password in an address")))
	d.refused(stranger.do(d.with(d.request("POST", "session/login?username=tsadmin&password="+url.QueryEscape(d.v.plant("a password in the address of a form")), "x=y"), "Content-Type", formType)))
	for _, header := range [][2]string{
		{"Authorization", "Bearer " + url.QueryEscape(d.v.plant("a bearer token that is none"))},
		{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("tsadmin:"+d.v.plant("a password of basic authentication")))},
		{"Cookie", "JSESSIONID=" + url.QueryEscape(d.v.plant("a session that is none"))},
	} {
		d.refused(stranger.do(d.with(d.request("GET", "session/info", ""), header[0], header[1])))
	}
}

func (d *deeds) request(method, path, body string) *http.Request {
	return d.admin.request(context.Background(), method, path, "", body)
}

func (d *deeds) with(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

func (d *deeds) passwords() {
	create := func(name, password string) answer {
		return d.admin.post("user", "name", name, "displayname", name, "password", password, "properties", `{"mail":"`+name+`@example.com"}`)
	}
	first := d.v.plant("a password of a new user")
	var made struct{ Header struct{ ID searchlight.GUID } }
	d.must(create("ann", first)).decode(d.t, &made)
	ann := string(made.Header.ID)
	d.refused(create("ann", d.v.plant("a password of a name that is taken")))
	d.refused(create("tsadmin", d.v.plant("a password of a reserved name")))
	d.refused(create("x\ty", d.v.plant("a password of a bad name")))
	// One that the policy refuses.
	weak := d.v.plant("a password that is too long") + strings.Repeat("x", 300)
	d.refused(create("bob", weak))

	c := d.v.client(d.t, d.base)
	d.must(c.login("ann", first))
	second := d.v.plant("a password that its user chose")
	d.refused(c.post("user/updatepassword", "name", "ann", "currentpassword", d.v.plant("a wrong current password"), "password", second))
	d.refused(c.post("user/updatepassword", "name", "tsadmin", "currentpassword", first, "password", d.v.plant("a password for somebody else")))
	d.refused(c.post("user/updatepassword", "name", "ann", "currentpassword", first, "password", first))
	d.must(c.post("user/updatepassword", "name", "ann", "currentpassword", first, "password", second))
	d.must(c.get("session/info"))
	third := d.v.plant("a password that the administrator chose")
	d.must(d.admin.post("user/updatepassword", "name", "ann", "currentpassword", password, "password", third))
	d.must(d.admin.do(d.with(d.request("PUT", "user/"+ann, form("password", d.v.plant("a password in an update")).Encode()), "Content-Type", formType)))
	d.refused(d.admin.do(d.with(d.request("PUT", "user/"+ann, form("content", `{"password":"`+d.v.plant("a password in content")).Encode()), "Content-Type", formType)))

	var invited struct{ Userid, Auth_token, Link string }
	d.must(d.admin.post("user/inactivate", "username", "ann", "operation", "INACTIVATE")).decode(d.t, &invited)
	d.v.told("an activation token", invited.Auth_token)
	stranger := d.v.client(d.t, d.base)
	d.refused(stranger.post("user/activate", "userid", invited.Userid, "auth_token", d.v.plant("a wrong activation token"), "password", d.v.plant("a password with it")))
	d.must(stranger.post("user/activate", "userid", invited.Userid, "auth_token", invited.Auth_token, "password", d.v.plant("a password at activation")))
	d.refused(stranger.post("user/activate", "userid", invited.Userid, "auth_token", invited.Auth_token, "password", d.v.plant("a password at a second activation")))
	d.must(d.admin.post("/api/app/users/"+ann+"/reset-link")).decode(d.t, &invited)
	d.v.told("a reset token", invited.Auth_token)
	d.refused(stranger.post("user/resetpassword", "userid", invited.Userid, "auth_token", d.v.plant("a wrong reset token"), "password", d.v.plant("a password with it")))
	d.must(stranger.post("user/resetpassword", "userid", invited.Userid, "auth_token", invited.Auth_token, "password", d.v.plant("a password at a reset")))
}

func (d *deeds) synchronise() {
	c := &caller{base: d.base, address: "10.9.9.9", http: d.admin.http}
	send := func(text string, pairs ...string) answer {
		var a answer
		var err error
		body := &strings.Builder{}
		boundary := "b0undary"
		for i := 0; i < len(pairs); i += 2 {
			fmt.Fprintf(body, "--%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", boundary, pairs[i], pairs[i+1])
		}
		fmt.Fprintf(body, "--%s\r\nContent-Disposition: form-data; name=\"principals\"; filename=\"p\"\r\n\r\n%s\r\n--%s--\r\n", boundary, text, boundary)
		if a, err = c.do("POST", "user/sync", "multipart/form-data; boundary="+boundary, strings.NewReader(body.String())); err != nil {
			d.t.Fatal(err)
		}
		return a
	}
	user := func(name, password string) string {
		b, _ := json.Marshal([]object{{"name": name, "displayName": name, "principalTypeEnum": "LOCAL_USER", "password": password}})
		return string(b)
	}
	apply := []string{"applyChanges", "true", "removeDeleted", "false"}
	d.must(send(user("carl", d.v.plant("a password in a list")), apply...))
	d.must(send(`[{"name":"dora","principalTypeEnum":"LOCAL_USER"}]`, append(apply, "password", d.v.plant("a shared password"))...))
	d.refused(send(user("eve", "eve"+d.v.plant("too long in a list")+strings.Repeat("x", 300)), apply...))
	d.refused(send(user("frank", d.v.plant("a password in a broken list"))[:70], apply...))
	d.refused(send(`[{"name":"gil","principalTypeEnum":"LOCAL_USER","password":["`+d.escaped(d.v.plant("a password that is a list"))+`"]}]`, apply...))
	d.refused(send(`"`+d.escaped(d.v.plant("a password instead of a list"))+`"`, apply...))
	d.refused(send(user("", d.v.plant("a password of nobody in a list")), apply...))
}

func (d *deeds) escaped(secret string) string {
	quoted, _ := json.Marshal(secret)
	return string(quoted[1 : len(quoted)-1])
}

func (d *deeds) tokens() {
	stranger := d.v.client(d.t, d.base)
	issueFor := func(user, key string, pairs ...string) answer {
		return stranger.post("session/auth/token", append([]string{"secret_key", key, "username", user, "access_level", "FULL"}, pairs...)...)
	}
	issue := func(key string) answer { return issueFor("carl", key) }
	d.refused(issue(d.v.plant("a key while there is none")))
	var made struct{ ID, SecretKey string }
	d.must(d.admin.post("/api/app/trusted-auth/keys")).decode(d.t, &made)
	key := d.v.told("a key of trusted authentication", made.SecretKey)
	d.refused(issue(d.v.plant("a wrong key")))
	d.refused(stranger.get("session/auth/token", "secret_key", key, "username", "carl"))
	d.refused(stranger.do(d.with(d.request("POST", "session/auth/token?secret_key="+key+"&username=carl", "x=y"), "Content-Type", formType)))
	d.refused(issueFor("nobody", key))
	browser := d.with(d.request("POST", "session/auth/token", form("secret_key", key, "username", "carl").Encode()), "Origin", d.base)
	d.refused(stranger.do(d.with(browser, "Content-Type", formType)))
	token := func() string { return d.v.told("a login token", string(d.must(issue(key)).body)) }

	bearer := token()
	d.must(stranger.do(d.with(d.request("GET", "session/info", ""), "Authorization", "Bearer "+bearer)))
	login := func(token string, pairs ...string) []string {
		return append([]string{"username", "carl", "auth_token", token}, pairs...)
	}
	d.refused(stranger.post("session/login/token", login(d.v.plant("a wrong login token"))...))
	d.refused(stranger.get("session/login/token", login(d.v.plant("a wrong login token in an address"))...))
	d.refused(stranger.post("session/login/token", login(bearer, "redirect_url", "https://evil.example/")...))
	d.refused(stranger.post("session/login/token", "username", "ann", "auth_token", bearer))
	if a := stranger.get("session/login/token", login(bearer, "redirect_url", "/#/x")...); a.status != http.StatusFound {
		d.t.Errorf("%d %s", a.status, a.body)
	}
	d.refused(stranger.get("session/login/token", login(bearer)...))
	d.must(stranger.post("session/login/token", login(token(), "no_url_redirection", "true")...))
	d.v.told("a token of a new user", string(d.must(issueFor("made", key, "autocreate", "true", "groups", `["Sales"]`)).body))
	d.must(d.admin.get("/api/app/trusted-auth/keys"))
	unused := token()
	d.must(d.admin.do(d.request("DELETE", "/api/app/trusted-auth/keys/"+made.ID, "")))
	d.refused(stranger.post("session/login/token", login(unused)...))
	d.refused(issue(key))
}

// connections come and go with passwords, as TML.
func (d *deeds) connections() {
	closed := freeAddress(d.t)
	host, port, _ := net.SplitHostPort(closed)
	properties := func(password string) map[string]string {
		return map[string]string{"host": host, "port": port, "user": "bi", "password": password, "database": "x", "sslmode": "disable"}
	}
	importing := func(text string) string {
		a := d.admin.post("metadata/tml/import", "import_policy", "ALL_OR_NONE", "import_objects", list(text))
		return string(a.body)
	}
	good := connectionDocument(warehouseID, warehouse, properties(d.v.plant("the password of a connection")))
	if got := importing(good); strings.Contains(got, `"ERROR"`) {
		d.t.Fatalf("import: %s", got)
	}
	if got := importing(connectionDocument(warehouseID, warehouse, properties(d.v.plant("another password of a connection")))); strings.Contains(got, `"ERROR"`) {
		d.t.Fatalf("import: %s", got)
	}
	// A table behind it cannot be looked at.
	if got := importing(tableDocument("", "stores", place{connection: warehouse, database: "x", schema: "public"})); !strings.Contains(got, `"ERROR"`) {
		d.t.Errorf("import of a table: %s", got)
	}
	bad := connectionDocument(fixture.ID(501), "Other", properties(d.v.plant("the password of a broken document")))
	for name, broken := range map[string]string{
		"cut off":          bad[:len(bad)-3],
		"an unknown type":  strings.Replace(bad, searchlight.PostgresConnectionType, "RDBMS_NOTHING", 1),
		"the value a map":  strings.Replace(bad, `"value":"disable"`, `"value":{"secret":"`+d.escaped(d.v.plant("a password in a map"))+`"}`, 1),
		"the name missing": strings.Replace(bad, `"name":"Other",`, "", 1),
		"no YAML":          "connection: [" + d.v.plant("a password in no YAML"),
	} {
		if got := importing(broken); !strings.Contains(got, `"ERROR"`) && !strings.Contains(got, `"WARNING"`) {
			d.t.Errorf("%s: %s", name, got)
		}
	}
	// What an unknown property holds may be a secret.
	_ = importing(strings.Replace(bad, `"key":"password"`, `"key":"passwort"`, 1))
	var documents []string
	if d.at.connection != "" {
		u, _ := url.Parse("postgres://postgres@" + strings.TrimPrefix(os.Getenv(pgtest.ServerVariable), "postgres://postgres@"))
		documents = append(documents, connectionDocument(warehouseID, warehouse, map[string]string{"host": u.Hostname(), "port": u.Port(), "user": "postgres",
			"password": d.v.plant("the password of a connection that works"), "database": d.at.database, "sslmode": "disable"}))
	}
	d.admin.mustImport(append(documents, d.admin.documents(d.at)...)...)
	if exported := d.admin.export(salesSource, warehouseID); !strings.Contains(exported, "password") {
		d.t.Errorf("no connection is exported: %s", exported)
	}
	d.must(d.admin.search(salesSource, "[amount]"))
	for _, path := range []string{"metadata/details", "metadata/detail/" + string(warehouseID), "metadata/list", "metadata/listobjectheaders"} {
		a := d.admin.get(path, "type", "DATA_SOURCE", "id", list(string(warehouseID)))
		if a.status == http.StatusOK && !strings.Contains(string(a.body), warehouse) {
			d.t.Errorf("%s: %s", path, a.body)
		}
	}
}

// malformed are bodies that cannot be read.
func (d *deeds) malformed() {
	post := func(path, contentType, body string) {
		d.refused(d.admin.do(d.with(d.request("POST", path, body), "Content-Type", contentType)))
	}
	for _, path := range []string{"session/login", "user", "user/updatepassword", "user/activate", "session/auth/token", "session/login/token", "metadata/tml/import"} {
		secret := func() string { return d.escaped(d.v.plant("a secret in a malformed body of " + path)) }
		post(path, "application/json", `{"password":"`+secret()+`"`)
		post(path, "application/json", `{"password":{"a":["`+secret()+`"]},"secret_key":["`+secret()+`"],"auth_token":{"x":"`+secret()+`"}}`)
		post(path, "text/plain", `{"password":"`+secret()+`"}`)
		post(path, formType, "password=%zz"+url.QueryEscape(secret())+"&username=tsadmin")
		post(path, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n"+secret())
		post(path, "application/xml", "<password>"+secret()+"</password>")
	}
}

// mail makes the server sign in at its mail server.
func (d *deeds) mail() {
	a := d.must(d.admin.get("user", "name", "ann"))
	var ann struct{ Header struct{ ID searchlight.GUID } }
	a.decode(d.t, &ann)
	d.must(d.admin.post("security/share", "type", "LOGICAL_TABLE", "id", list(string(salesSource)), "notify", "true", "emailshares", list("zoe@example.com"),
		"message", "look", "permission", fmt.Sprintf(`{"permissions":{%q:{"shareMode":"READ_ONLY"}}}`, ann.Header.ID)))
}

// walk calls every operation of the document with secrets for values, as
// nobody and as somebody; what does away with things is left out.
func (d *deeds) walk() {
	stranger := d.v.client(d.t, d.base)
	ann := d.v.client(d.t, d.base)
	pw := d.v.plant("the password of a walker")
	d.must(d.admin.post("user", "name", "walker", "displayname", "W", "password", pw))
	d.must(ann.login("walker", pw))
	for _, o := range operations(d.t) {
		for _, values := range [][]string{o.query, o.form} {
			for i := 0; i+1 < len(values); i += 2 {
				switch name := strings.ToLower(values[i]); {
				case strings.Contains(name, "password"), strings.Contains(name, "token"), strings.Contains(name, "secret"):
					values[i+1] = d.v.plant("the " + name + " of " + o.String())
				}
			}
		}
		if o.method != http.MethodGet || !strings.Contains(o.path, "log") {
			_ = stranger.call(o, "X-Requested-By", "x")
		}
		if o.path != "/session/logout" {
			_ = ann.call(o, "X-Requested-By", "x")
		}
	}
}

// read gets what tells a lot.
func (d *deeds) read() {
	if a := d.must(d.admin.get("/api/app/audit")); strings.Count(string(a.body), "\n") < 50 {
		d.t.Errorf("the audit log: %s", a.body)
	}
	d.must(d.admin.get("logs/topics/security_logs"))
	for _, path := range []string{"user", "user/list", "group", "session/info", "session/isactive"} {
		d.must(d.admin.get(path))
	}
	if d.admin.post("session/logout").status != http.StatusNoContent {
		d.t.Error("logout")
	}
}
