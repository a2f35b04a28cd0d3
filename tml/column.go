package tml

import (
	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
)

// Tokens of column properties (tml.md 2.5).
var (
	roles         = []string{"ATTRIBUTE", "MEASURE"}
	indexTypes    = []string{"DONT_INDEX", "DEFAULT", "PREFIX_ONLY", "PREFIX_AND_SUBSTRING", "PREFIX_AND_WORD_SUBSTRING"}
	geometryTypes = []string{"POINT", "LINE_STRING", "LINEAR_RING", "POLYGON", "MULTI_POINT", "MULTI_LINE_STRING",
		"MULTI_POLYGON", "GEOMETRY_COLLECTION", "CIRCLE"}
	dateBuckets = []string{"DETAILED", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY", "NO_BUCKET", "AUTO"}
)

const (
	defaultIndexType = "DEFAULT"
	lowestPriority   = 1
	highestPriority  = 10
)

// properties reads the properties of a column; hasRole is false when they do
// not say column_type.
func (o *object) properties() (p searchlight.ColumnProperties, hasRole bool) {
	for _, key := range []string{"column_type", "aggregation", "index_type"} {
		if o.has(key) {
			o.r.failMisplaced(o.path.Key(key), o.path.Key("properties").Key(key), o.value(key))
		}
	}
	o = o.object("properties")
	if o == nil {
		return p, false
	}
	role, hasRole := datatype.ParseRole(o.enum("column_type", roles...))
	p.Role = role
	hasRole = hasRole || o.has("column_type") // a wrong one is reported, not inferred
	p.Aggregation, _ = datatype.ParseAggregation(o.enum("aggregation", datatype.AggregationNames()...))
	if p.IndexType = o.enum("index_type", indexTypes...); p.IndexType == defaultIndexType {
		p.IndexType = ""
	}
	p.IndexPriority = o.priority()
	p.Synonyms = o.texts("synonyms")
	p.IsAttributionDimension = o.flagUnless("is_attribution_dimension", true)
	p.IsAdditive = o.flagUnless("is_additive", true)
	p.Calendar = o.text("calendar")
	p.FormatPattern = o.text("format_pattern")
	p.Currency = o.currency()
	p.Hidden = o.flagUnless("is_hidden", false)
	p.Geo = o.geo()
	if p.SpotIQ = o.enum("spotiq_preference", "EXCLUDE", "DEFAULT"); p.SpotIQ == "DEFAULT" {
		p.SpotIQ = ""
	}
	p.SearchIQPreferred = o.flagUnless("search_iq_preferred", false)
	p.HierarchicalColumn = o.text("hierarchical_column_name")
	p.SynonymType = o.enum("synonym_type", "USER_DEFINED", "AUTO_GENERATED")
	p.ValueCasing = o.enum("value_casing", "UPPER", "LOWER", "MIXED", "UNKNOWN")
	p.CustomOrder = o.texts("custom_order")
	o.enum("default_date_bucket", dateBuckets...)
	p.Extra = o.extra("ai_context", "default_date_bucket", "use_cases")
	o.close()
	return p, hasRole
}

func (o *object) priority() float64 {
	v, ok := o.number("index_priority")
	if ok && (v < lowestPriority || v > highestPriority) {
		o.r.failRange(o.path.Key("index_priority"), o.node.get("index_priority"), "1", "10")
		return 0
	}
	return v
}

func (o *object) currency() *searchlight.Currency {
	m := o.object("currency_type")
	if m == nil {
		return nil
	}
	c := searchlight.Currency{Browser: m.isSet("is_browser"), Column: m.text("column"), ISOCode: m.text("iso_code")}
	m.close()
	if !m.oneOf(map[string]bool{"is_browser": c.Browser, "column": c.Column != "", "iso_code": c.ISOCode != ""},
		"is_browser", "column", "iso_code") {
		return nil
	}
	return &c
}

// oneOf checks that exactly one of the forms of a block is used.
func (o *object) oneOf(used map[string]bool, keys ...string) bool {
	n := 0
	for _, key := range keys {
		if used[key] {
			n++
		}
	}
	if n > 1 {
		o.r.failOneOf(o.path, o.node, keys)
	}
	return n == 1
}

func (o *object) geo() *searchlight.Geo {
	m := o.object("geo_config")
	if m == nil {
		return nil
	}
	g := searchlight.Geo{Latitude: m.isSet("latitude"), Longitude: m.isSet("longitude"), Country: m.isSet("country"),
		CustomFile: m.text("custom_file_guid"), GeometryType: m.enum("geometryType", geometryTypes...)}
	if region := m.merged("region_name"); region != nil {
		g.RegionIn, g.RegionName = region.required("country"), region.required("region_name")
		region.close()
	}
	m.close()
	if !m.oneOf(map[string]bool{"latitude": g.Latitude, "longitude": g.Longitude, "country": g.Country,
		"region_name": m.has("region_name"), "custom_file_guid": g.CustomFile != ""},
		"latitude", "longitude", "country", "region_name", "custom_file_guid") {
		return nil
	}
	return &g
}

// withDefaults completes properties whose role is known.
func withDefaults(p searchlight.ColumnProperties) searchlight.ColumnProperties {
	if p.Role == datatype.Measure && p.Aggregation == datatype.DefaultAggregation {
		p.Aggregation = datatype.Sum
	}
	return p
}
