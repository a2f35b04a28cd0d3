package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// AuditCommand reads the audit log without a server.
type AuditCommand struct {
	Verify AuditVerifyCommand `cmd:"" help:"Check that nobody has changed the audit log."`
	Export AuditExportCommand `cmd:"" help:"Write the audit log as JSON lines."`
}

// AuditVerifyCommand checks the chain of the audit log.
type AuditVerifyCommand struct{ StoreFlags }

// Run implements the command.
func (c *AuditVerifyCommand) Run(i *invocation) error {
	a, err := i.open(c.config())
	if err != nil {
		return err
	}
	defer a.Close()
	operator, err := a.Operator(i.ctx)
	if err != nil {
		return err
	}
	records, err := a.Audit.Verify(i.ctx, operator)
	if err != nil {
		return err
	}
	fmt.Fprintf(i.Stdout, "The audit log is whole: %d records\n", records)
	return nil
}

// AuditExportCommand writes the audit log.
type AuditExportCommand struct {
	StoreFlags
	Since time.Duration `help:"Only records of the latest time, such as 24h; 0 is all." default:"0"`
}

// Run implements the command.
func (c *AuditExportCommand) Run(i *invocation) error {
	a, err := i.open(c.config())
	if err != nil {
		return err
	}
	defer a.Close()
	operator, err := a.Operator(i.ctx)
	if err != nil {
		return err
	}
	var from time.Time
	if c.Since > 0 {
		from = time.Now().Add(-c.Since)
	}
	out := bufio.NewWriter(i.Stdout)
	err = a.Audit.Export(i.ctx, operator, from, time.Time{}, func(r *searchlight.Record) error {
		line, err := json.Marshal(r.Line())
		if err != nil {
			return err
		}
		_, err = out.Write(append(line, '\n'))
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}
