package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// engineName is a file's name as the engine takes it: with characters that
// would match other files made plain ones.
func engineName(name string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(absolute(name))
}

// describeFile lists names and types of the columns that a table function of
// the engine finds in a file.
func (l *loader) describeFile(ctx context.Context, name, function string) (names, types []string, err error) {
	rows, err := l.read(ctx, engine.Statement{SQL: "DESCRIBE SELECT * FROM " + function, Args: []any{engineName(name)}})
	if err != nil {
		return nil, nil, readError(ctx, name, err)
	}
	cells, err := result.ReadAll(ctx, rows)
	if err != nil {
		return nil, nil, readError(ctx, name, err)
	}
	for _, cell := range cells {
		column, _ := cell[0].(string)
		native, _ := cell[1].(string)
		names, types = append(names, column), append(types, native)
	}
	return names, types, nil
}

// readError blames the file for what the engine's readers say, unless the load
// was cancelled.
func readError(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return errReader(name, err)
}

// aliases are the names by which statements call the columns of a file, so
// that its own names never become part of one.
func aliases(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = alias(i)
	}
	return "f(" + strings.Join(list, ", ") + ")"
}

func alias(i int) string { return fmt.Sprintf("c%d", i) }

const readParquet = "read_parquet($1, binary_as_string = false)"

// parquetSource is a Parquet file, which the engine reads.
type parquetSource struct {
	l           *loader
	name        string
	size        int64
	columns     []*column
	expressions []string
}

// scan implements source.
func (s *parquetSource) scan(ctx context.Context) error {
	s.l.progress.state.Total += s.size
	names, types, err := s.l.describeFile(ctx, s.name, readParquet)
	if err != nil {
		return err
	}
	names = columnNames(names)
	if s.columns, err = s.l.fileColumns(s.name, names); err != nil {
		return err
	}
	for i, native := range types {
		to, expression, ok := searchable(native, alias(i))
		if !ok {
			s.l.warn(fmt.Sprintf("%s: column %q of type %.60s became text", s.name, names[i], native))
		}
		if err := s.l.addTyped(s.name, s.columns[i], to); err != nil {
			return err
		}
		s.expressions = append(s.expressions, expression)
	}
	return nil
}

// insert implements source.
func (s *parquetSource) insert(ctx context.Context, tx Tx, t engine.Table) (int64, error) {
	list := make([]string, len(s.l.layout))
	for i, p := range s.l.positions(s.columns) {
		switch c := s.l.layout[i]; {
		case p < 0:
			list[i] = "NULL"
		case plainType.MatchString(c.native):
			list[i] = "CAST(" + s.expressions[p] + " AS " + c.native + ")"
		default:
			list[i] = s.expressions[p]
		}
	}
	sql := "SELECT " + strings.Join(list, ", ") + " FROM " + readParquet + " AS " + aliases(len(s.columns))
	n, err := tx.InsertFiles(ctx, t, engine.Statement{SQL: sql, Args: []any{engineName(s.name)}})
	if err != nil {
		return n, readError(ctx, s.name, err)
	}
	s.l.progress.advance(s.name, s.size, n)
	return n, nil
}

func (s *parquetSource) close() {}

// json is a file of JSON objects. The engine splits it into their members; what
// these are is inferred here.
func (l *loader) json(name string, size int64, format string) source {
	l.progress.state.Total += 2 * size
	function := fmt.Sprintf("read_json($1, format = '%s', sample_size = -1, maximum_depth = 1)", format)
	s := &textSource{l: l, name: name, size: size}
	s.header = func(ctx context.Context) ([]string, error) {
		names, types, err := l.describeFile(ctx, name, function)
		if err != nil {
			return nil, err
		}
		if len(names) == 1 && names[0] == "json" {
			// The engine's name for values that are no objects.
			if err := l.checkObjects(ctx, name, function, types[0]); err != nil {
				return nil, err
			}
		}
		return columnNames(names), nil
	}
	s.records = func(ctx context.Context) (records, func() int64, error) {
		list := make([]string, 0, 2*len(s.columns))
		for i := range s.columns {
			c := "CAST(" + alias(i) + " AS JSON)"
			list = append(list, "json_type("+c+")", c+"->>'$'")
		}
		sql := "SELECT " + strings.Join(list, ", ") + " FROM " + function + " AS " + aliases(len(s.columns))
		rows, err := l.read(ctx, engine.Statement{SQL: sql, Args: []any{engineName(name)}})
		if err != nil {
			return nil, nil, readError(ctx, name, err)
		}
		return &jsonRecords{ctx: ctx, source: s, rows: rows}, func() int64 { return 0 }, nil
	}
	return s
}

// checkObjects refuses a file whose values are not objects.
func (l *loader) checkObjects(ctx context.Context, name, function, native string) error {
	sql := "SELECT 1 FROM " + strings.Replace(function, "maximum_depth = 1", "maximum_depth = 1, records = true", 1) + " LIMIT 1"
	rows, err := l.read(ctx, engine.Statement{SQL: sql, Args: []any{engineName(name)}})
	if err == nil {
		var cells [][]any
		if cells, err = result.ReadAll(ctx, rows); err == nil && len(cells) > 0 && native == "JSON" {
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errFile(name, "the file holds no JSON objects; give an array of objects, or one object a line")
}

// jsonRecords turns rows of types and texts into records.
type jsonRecords struct {
	ctx    context.Context
	source *textSource
	rows   result.Rows
	chunk  *result.Chunk
	row    int
	rec    record
}

// jsonForms are the forms that a JSON type lets a text be read in.
var jsonForms = map[string]forms{
	"VARCHAR": dates | formTime,
	"BOOLEAN": formBool,
	"UBIGINT": numbers,
	"BIGINT":  numbers,
	"HUGEINT": numbers,
	"DOUBLE":  numbers,
}

// next implements records.
func (r *jsonRecords) next() (*record, error) {
	if r.chunk == nil || r.row == r.chunk.Rows {
		var err error
		if r.chunk, err = r.rows.Next(r.ctx); err != nil {
			if errors.Is(err, io.EOF) {
				return nil, io.EOF
			}
			return nil, readError(r.ctx, r.source.name, err)
		}
		r.row = 0
	}
	r.rec.line++
	r.rec.fields = r.rec.fields[:0]
	for i, c := range r.source.columns {
		kind, text := &r.chunk.Vectors[2*i], &r.chunk.Vectors[2*i+1]
		if kind.IsNull(r.row) || text.IsNull(r.row) {
			r.rec.fields = append(r.rec.fields, field{null: true, allowed: allForms})
			continue
		}
		allowed := jsonForms[kind.Texts[r.row]]
		if allowed == 0 {
			r.source.l.warn(fmt.Sprintf("%s: objects and arrays of column %q became text", r.source.name, c.name))
		}
		// The chunk's memory ends with it.
		r.rec.fields = append(r.rec.fields, field{text: []byte(text.Texts[r.row]), allowed: allowed})
	}
	r.row++
	return &r.rec, nil
}

// close implements records.
func (r *jsonRecords) close() error { return r.rows.Close() }
