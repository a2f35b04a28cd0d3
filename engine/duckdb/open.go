package duckdb

import (
	"context"
	"path/filepath"
	"strconv"
	"sync"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/searchlight-bi/searchlight/engine"
)

// Options are the settings of a database. The zero value suits a server.
type Options struct {
	// Threads is how many cores queries may use together; 0 is all.
	Threads int
	// MemoryLimit is a size such as 4GB; empty is DuckDB's default, most of the
	// machine's memory.
	MemoryLimit string
	// TempDir is where big sorts and joins spill to. Empty is a directory beside
	// the database file; a database in memory then does not spill.
	TempDir string
	// ReadOnly opens the file so that nothing can change it. Several processes
	// may do that at once.
	ReadOnly bool
	// FileAccess lets queries read and write whatever files the process may.
	// It is for tools and benchmarks; a server leaves it off.
	FileAccess bool
}

// maxIdle is how many connections are kept for the next queries.
const maxIdle = 8

// Engine is an open database.
type Engine struct {
	options Options
	file    string // what openFiles holds; empty: in memory
	writer  chan struct{}

	mu     sync.Mutex
	db     bindings.Database
	idle   []*conn
	open   int // connections, idle ones included
	closed bool

	filesOnce sync.Once
	files     *Engine // sees files; see ReadFiles
	filesErr  error
}

var _ engine.Engine = (*Engine)(nil)

// openFiles holds the files that this process has open. The lock that DuckDB
// puts on a file keeps other processes out, but not a second opening here,
// which would corrupt it.
var openFiles = struct {
	sync.Mutex
	paths map[string]bool
}{paths: map[string]bool{}}

// Open opens the database file of the given path, made when it is missing; the
// empty path is a new database in memory. It fails with an engine.Error of
// KindUnreachable, which is ErrInUse when somebody else has the file open.
func Open(path string, o Options) (*Engine, error) {
	file, err := claim(path)
	if err != nil {
		return nil, err
	}
	e := &Engine{options: o, file: file, writer: make(chan struct{}, 1)}
	if err := e.start(); err != nil {
		e.unclaim()
		return nil, err
	}
	return e, nil
}

// claim takes a path for this process and returns the name it goes by.
func claim(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	file, err := filepath.Abs(path)
	if err != nil {
		return "", unreachable(err.Error())
	}
	// A directory that is a link has one file all the same. A missing directory
	// is DuckDB's to complain of.
	if dir, err := filepath.EvalSymlinks(filepath.Dir(file)); err == nil {
		file = filepath.Join(dir, filepath.Base(file))
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	openFiles.Lock()
	defer openFiles.Unlock()
	if openFiles.paths[file] {
		return "", inUse(path)
	}
	openFiles.paths[file] = true
	return file, nil
}

func (e *Engine) unclaim() {
	openFiles.Lock()
	defer openFiles.Unlock()
	delete(openFiles.paths, e.file)
}

// start opens the database and fixes its settings for good.
func (e *Engine) start() error {
	var config bindings.Config
	if bindings.CreateConfig(&config) == bindings.StateError {
		return unreachable("DuckDB could not make a configuration")
	}
	defer bindings.DestroyConfig(&config)
	for _, s := range e.settings() {
		if bindings.SetConfig(config, s.name, s.value) == bindings.StateError {
			return unreachable("DuckDB does not take " + s.value + " for " + s.name)
		}
	}
	var message string
	if bindings.OpenExt(e.file, &e.db, config, &message) == bindings.StateError {
		return openError(e.file, message)
	}
	c, err := e.acquire()
	if err != nil {
		bindings.Close(&e.db)
		return err
	}
	for _, statement := range e.finalSettings() {
		if _, err := c.exec(context.Background(), engine.Statement{SQL: statement}); err != nil {
			bindings.Disconnect(&c.handle)
			bindings.Close(&e.db)
			return unreachable(err.Error())
		}
	}
	e.release(c, true)
	return nil
}

type setting struct{ name, value string }

func (e *Engine) settings() []setting {
	o := e.options
	list := []setting{
		{"autoinstall_known_extensions", "false"},
		{"autoload_known_extensions", "false"},
		{"allow_community_extensions", "false"},
		{"errors_as_json", "true"},
	}
	if o.Threads > 0 {
		list = append(list, setting{"threads", strconv.Itoa(o.Threads)})
	}
	if o.MemoryLimit != "" {
		list = append(list, setting{"max_memory", o.MemoryLimit})
	}
	if o.TempDir != "" {
		list = append(list, setting{"temp_directory", o.TempDir})
	}
	if o.ReadOnly {
		list = append(list, setting{"access_mode", "READ_ONLY"})
	}
	return list
}

// finalSettings are those that an open database takes. After the last of them
// no statement changes a setting.
func (e *Engine) finalSettings() []string {
	list := []string{"SET GLOBAL TimeZone = 'UTC'"}
	if e.file == "" && e.options.TempDir == "" {
		list = append(list, "SET GLOBAL temp_directory = ''")
	}
	if !e.options.FileAccess {
		list = append(list, "SET GLOBAL enable_external_access = false")
	}
	return append(list, "SET GLOBAL lock_configuration = true")
}

// Close closes the database. Queries that are still running end undisturbed;
// the file is free once the last of them is closed.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	for _, c := range e.idle {
		bindings.Disconnect(&c.handle)
		e.open--
	}
	e.idle = nil
	e.closeWhenUnused()
	// From now on ReadFiles cannot open the second instance.
	e.filesOnce.Do(func() { e.filesErr = errClosed() })
	if e.files != nil {
		return e.files.Close()
	}
	return nil
}

// closeWhenUnused needs e.mu.
func (e *Engine) closeWhenUnused() {
	if e.closed && e.open == 0 {
		bindings.Close(&e.db)
		e.unclaim()
	}
}

// acquire takes a connection; release gives it back.
func (e *Engine) acquire() (*conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errClosed()
	}
	if n := len(e.idle); n > 0 {
		c := e.idle[n-1]
		e.idle = e.idle[:n-1]
		return c, nil
	}
	c := &conn{}
	if bindings.Connect(e.db, &c.handle) == bindings.StateError {
		return nil, unreachable("DuckDB could not make a connection")
	}
	e.open++
	return c, nil
}

// release returns a connection. One that is not clean, because its work was
// left half done, is thrown away: that ends the work.
func (e *Engine) release(c *conn, clean bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if clean && !e.closed && len(e.idle) < maxIdle {
		e.idle = append(e.idle, c)
		return
	}
	bindings.Disconnect(&c.handle)
	e.open--
	e.closeWhenUnused()
}
