package app

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestT40_DriverOptions gives connections what drivers take for files, sockets
// and other servers: a connection leads to its host alone, and reads no file.
func TestT40_DriverOptions(t *testing.T) {
	plain := map[string]string{"host": "db.example.com", "port": "5432", "user": "reader", "password": "x", "database": "sales"}
	with := func(pairs ...string) map[string]string {
		p := map[string]string{}
		for key, value := range plain {
			p[key] = value
		}
		for i := 0; i < len(pairs); i += 2 {
			p[pairs[i]] = pairs[i+1]
		}
		return p
	}
	for name, p := range map[string]map[string]string{
		"files of certificates": with("sslrootcert", "/etc/passwd", "sslcert", "/etc/passwd", "sslkey", "/etc/passwd", "sslcrl", "/etc/passwd"),
		"files of passwords":    with("passfile", "/etc/passwd", "service", "x", "servicefile", "/etc/passwd"),
		"options":               with("options", "-c search_path=x", "allowallfiles", "true", "hostaddr", "127.0.0.1", "target_session_attrs", "any", "fallback_application_name", "x"),
		"in the database":       with("database", "sales?sslrootcert=/etc/passwd&host=127.0.0.1"),
		"in the user":           with("user", "reader@127.0.0.1/x?host=/tmp&"),
		"in the name":           with("application_name", "x&host=/tmp&sslrootcert=/etc/passwd"),
		"in the mode":           with("sslmode", "disable&host=127.0.0.1"),
		"a socket":              with("host", "/var/run/postgresql"),
		"an escaped socket":     with("host", "%2Fvar%2Frun%2Fpostgresql"),
		"an abstract socket":    with("host", "@postgresql"),
		"a host in the host":    with("host", "db.example.com/x?host=127.0.0.1&"),
		"a user in the host":    with("host", "x@127.0.0.1"),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := pgconn.ParseConfig(postgresURL(p))
			if err != nil {
				return // nobody is asked
			}
			hosts := []string{c.Host}
			for _, f := range c.Fallbacks {
				hosts = append(hosts, f.Host)
			}
			for _, host := range hosts {
				if host != p["host"] {
					t.Errorf("leads to %q", host)
				}
				if network, address := pgconn.NetworkAddress(host, c.Port); network != "tcp" {
					if _, err := (gate{}).dial(t.Context(), network, address); err == nil || !strings.Contains(err.Error(), "lead over TCP") {
						t.Errorf("%s %s: %v", network, address, err)
					}
				}
			}
			if c.TLSConfig != nil && (c.TLSConfig.RootCAs != nil || c.TLSConfig.Certificates != nil) {
				t.Error("files were read")
			}
			for key := range c.RuntimeParams {
				if key != "application_name" {
					t.Errorf("the setting %s reaches the database", key)
				}
			}
			if c.Database != p["database"] || c.User != p["user"] {
				t.Errorf("asks for %q as %q", c.Database, c.User)
			}
		})
	}
}
