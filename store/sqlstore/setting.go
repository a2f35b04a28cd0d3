package sqlstore

import (
	"encoding/json"
)

// Setting implements searchlight.Tx.
func (tx *Tx) Setting(key string, into any) error {
	text, err := one(tx, func(row scanner, text *string) error { return row.Scan(text) }, `SELECT value FROM settings WHERE key = ?`, key)
	if err != nil {
		return orMissing(err, errNoSetting(key))
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return errSetting(key, err)
	}
	return nil
}

// SetSetting implements searchlight.Tx. The value is kept as JSON.
func (tx *Tx) SetSetting(key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return errSetting(key, err)
	}
	if _, err := tx.exec(`INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, string(text)); err != nil {
		return err
	}
	tx.changes++
	return nil
}
