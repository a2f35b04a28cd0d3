package load

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// formats makes the source of a file by the name of its format.
var formats = map[string]func(l *loader, name string, size int64) source{
	"csv":     func(l *loader, name string, size int64) source { return l.delimited(name, size, 0) },
	"tsv":     func(l *loader, name string, size int64) source { return l.delimited(name, size, '\t') },
	"json":    func(l *loader, name string, size int64) source { return l.json(name, size, "auto") },
	"ndjson":  func(l *loader, name string, size int64) source { return l.json(name, size, "newline_delimited") },
	"parquet": func(l *loader, name string, size int64) source { return &parquetSource{l: l, name: name, size: size} },
	"arrow":   func(l *loader, name string, size int64) source { return &arrowSource{l: l, name: name, size: size} },
	"xlsx":    func(l *loader, name string, size int64) source { return l.workbook(name, size) },
}

// Formats lists what Options.Format may be.
func Formats() []string {
	return []string{"csv", "tsv", "json", "ndjson", "parquet", "arrow", "xlsx"}
}

// extensions are the endings of names that tell a format.
var extensions = map[string]string{
	".csv": "csv", ".txt": "csv",
	".tsv": "tsv", ".tab": "tsv",
	".json":   "json",
	".ndjson": "ndjson", ".jsonl": "ndjson",
	".parquet": "parquet", ".pq": "parquet",
	".arrow": "arrow", ".arrows": "arrow", ".feather": "arrow", ".ipc": "arrow",
	".xlsx": "xlsx", ".xlsm": "xlsx",
}

// open looks at a file without reading its rows.
func (l *loader) open(name string) (source, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, errAccess(name, err)
	}
	switch {
	case info.IsDir():
		return nil, errFile(name, "this is a directory, not a file")
	case !info.Mode().IsRegular():
		return nil, errFile(name, "this is not a regular file, and cannot be read twice")
	}
	format := strings.ToLower(l.options.Format)
	if format == "" {
		extension := filepath.Ext(name)
		if format = extensions[strings.ToLower(extension)]; format == "" {
			return nil, errFormat(name, extension)
		}
	}
	if info.Size() == 0 {
		return nil, errEmpty(name)
	}
	// The engine's messages for files that it cannot open name its own calls.
	file, err := os.Open(name)
	if err != nil {
		return nil, errAccess(name, err)
	}
	first := make([]byte, 1)
	_, err = io.ReadFull(file, first)
	if err := file.Close(); err != nil {
		return nil, errAccess(name, err)
	}
	if err != nil {
		return nil, errAccess(name, err)
	}
	return formats[format](l, name, info.Size()), nil
}
