package app

import (
	"context"
	"sync"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// openConnection is the engine of one version of a connection. It is closed
// once it has been replaced and no query is being started on it; those that
// run go on to their end.
type openConnection struct {
	engine.Engine
	databases *databases
	id        searchlight.GUID
	version   int64

	mu       sync.Mutex
	starting int // queries
	replaced bool
}

// Query implements engine.Engine. A search that found the connection just
// before it was replaced uses the one in its place.
func (c *openConnection) Query(ctx context.Context, s engine.Statement) (result.Rows, error) {
	if !c.begin() {
		now, err := c.databases.connection(ctx, c.id)
		if err != nil {
			return nil, err
		}
		return now.Query(ctx, s)
	}
	defer c.end()
	return c.Engine.Query(ctx, s)
}

func (c *openConnection) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.replaced {
		return false
	}
	c.starting++
	return true
}

func (c *openConnection) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.starting--
	c.closeWhenUnused()
}

// replace says that no more queries come.
func (c *openConnection) replace() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replaced = true
	c.closeWhenUnused()
}

func (c *openConnection) closeWhenUnused() {
	if c.replaced && c.starting == 0 {
		go c.databases.close(c.Engine) // waits for the queries that run
	}
}
