//go:build unix

package load_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/internal/testsize"
	"github.com/searchlight-bi/searchlight/load"
)

// These make the test binary a process that loads a file: into the database,
// and with the greatest size of a file that the process may write, 0 for any.
const (
	loadVariable  = "SEARCHLIGHT_TEST_LOAD"
	limitVariable = "SEARCHLIGHT_TEST_FILE_LIMIT"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(loadVariable); file != "" {
		if err := child(file); err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
		fmt.Println("done")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(file string) error {
	e, err := duckdb.Open(filepath.Join(filepath.Dir(file), "data.db"), duckdb.Options{Threads: 1})
	if err != nil {
		return err
	}
	if limit, _ := strconv.ParseUint(os.Getenv(limitVariable), 10, 64); limit > 0 {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			return err
		}
	}
	fmt.Println("start")
	_, err = load.Load(context.Background(), e, load.Options{Table: "t", Files: []string{file}, Append: strings.HasSuffix(file, "append.csv")})
	return errors.Join(err, e.Close())
}

// begin starts the process and waits until it loads.
func begin(t *testing.T, file, limit string) (*osexec.Cmd, *bufio.Reader) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command(self)
	cmd.Env = append(os.Environ(), loadVariable+"="+file, limitVariable+"="+limit)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	if line, err := out.ReadString('\n'); line != "start\n" {
		t.Fatalf("the process says %q, %v", line, err)
	}
	return cmd, out
}

// loadRows is the size of the loads that are killed.
const loadRows = 60000

func rowsOf(text string) string {
	var b strings.Builder
	b.WriteString("id,tag\n")
	for i := range loadRows {
		fmt.Fprintf(&b, "%d,%s-%d\n", i, text, i)
	}
	return b.String()
}

// state says which of the known states a table is in.
func state(t *testing.T, path string) string {
	t.Helper()
	e, err := duckdb.Open(path, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	got := table(t, e, "SELECT split_part(tag, '-', 1) AS tag, count(*) AS n, count(DISTINCT id) AS ids, sum(id) AS s FROM t GROUP BY 1 ORDER BY 1")
	if tables := table(t, e, "SELECT table_name FROM duckdb_tables()"); tables != "table_name:text\nt\n" {
		t.Errorf("the tables are %s", tables)
	}
	return got
}

func TestKilled(t *testing.T) {
	sum := loadRows * (loadRows - 1) / 2
	row := func(tag string) string { return fmt.Sprintf("%s | %d | %d | %d\n", tag, loadRows, loadRows, sum) }
	const head = "tag:text | n:int | ids:int | s:number\n"
	for mode, after := range map[string]string{"replace": head + row("new"), "append": head + row("new") + row("old")} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			path, file := filepath.Join(dir, "data.db"), filepath.Join(dir, mode+".csv")
			if err := os.WriteFile(file, []byte(rowsOf("new")), 0o600); err != nil {
				t.Fatal(err)
			}
			old := write(t, "old.csv", rowsOf("old"))
			restore := func() {
				e, err := duckdb.Open(path, duckdb.Options{})
				if err != nil {
					t.Fatal(err)
				}
				mustLoad(t, e, load.Options{Files: []string{old}})
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
			}
			restore()
			start := time.Now()
			cmd, _ := begin(t, file, "0")
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			whole := time.Since(start)
			wantText(t, "an undisturbed load", state(t, path), after)
			random := rand.New(rand.NewPCG(1, 2))
			seen := map[string]int{}
			kills := testsize.Times(2)
			for i := range kills {
				restore()
				cmd, _ := begin(t, file, "0")
				time.Sleep(time.Duration((float64(i) + random.Float64()) / float64(kills) * float64(whole)))
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				got := state(t, path)
				seen[got]++
				if got != head+row("old") && got != after {
					t.Fatalf("after a kill the table is\n%s", got)
				}
			}
			t.Logf("old %d times, new %d times", seen[head+row("old")], seen[after])
		})
	}
}

func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "data.db"), filepath.Join(dir, "new.csv")
	var b strings.Builder
	b.WriteString("id,tag\n")
	random := rand.New(rand.NewPCG(3, 4))
	for i := range loadRows {
		fmt.Fprintf(&b, "%d,new-%x%x%x%x\n", i, random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64())
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := duckdb.Open(path, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustLoad(t, e, load.Options{Files: []string{write(t, "old.csv", "id,tag\n1,old-1\n")}})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	cmd, out := begin(t, file, strconv.Itoa(1<<20))
	line, _ := out.ReadString('\n')
	if err := cmd.Wait(); err == nil || !strings.HasPrefix(line, "failed") {
		t.Errorf("the load ends with %v and says %q", err, line)
	}
	wantText(t, "table", state(t, path), "tag:text | n:int | ids:int | s:number\nold | 1 | 1 | 1\n")
}
