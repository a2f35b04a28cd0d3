package v1

import (
	"encoding/json"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/metadata"
)

// storableBody is what all kinds of objects have in metadata/details (api-v1.md
// 3.4).
type storableBody struct {
	Header           fullHeaderBody     `json:"header"`
	Type             string             `json:"type,omitempty"`
	Complete         bool               `json:"complete"`
	IncompleteDetail []incompleteDetail `json:"incompleteDetail"`
}

// incompleteDetail is a reason why an object cannot be used.
type incompleteDetail struct {
	Message string `json:"message"`
}

type tableBody struct {
	storableBody
	DataSourceID  searchlight.GUID   `json:"dataSourceId"`
	Columns       []columnBody       `json:"columns"`
	Relationships []relationshipBody `json:"relationships"`
}

type columnBody struct {
	Header                 fullHeaderBody     `json:"header"`
	DataType               string             `json:"dataType"`
	Type                   string             `json:"type"`
	IsAdditive             bool               `json:"isAdditive"`
	DefaultAggrType        string             `json:"defaultAggrType"`
	Synonyms               []string           `json:"synonyms"`
	IndexType              string             `json:"indexType"`
	IndexPriority          float64            `json:"indexPriority"`
	IsAttributionDimension bool               `json:"isAttributionDimension"`
	SpotIQPreference       string             `json:"spotiqPreference"`
	PhysicalColumnName     string             `json:"physicalColumnName,omitempty"`
	Sources                []columnSourceBody `json:"sources"`
}

type columnSourceBody struct {
	TableID   searchlight.GUID `json:"tableId"`
	TableName string           `json:"tableName"`
}

type relationshipBody struct {
	Header               fullHeaderBody       `json:"header"`
	Type                 searchlight.JoinType `json:"type"`
	SourceTable          searchlight.GUID     `json:"sourceTable"`
	SourceTableName      string               `json:"sourceTableName"`
	DestinationTable     searchlight.GUID     `json:"destinationTable"`
	DestinationTableName string               `json:"destinationTableName"`
	On                   string               `json:"on"`
}

type connectionBody struct {
	storableBody
	Content struct {
		Configuration map[string]string `json:"configuration"`
	} `json:"dataSourceContent"`
}

type reportBody struct {
	storableBody
	ReportContent any `json:"reportContent"`
}

type sheetsBody struct {
	Sheets []sheetBody `json:"sheets"`
}

type sheetBody struct {
	SheetType string           `json:"sheetType"`
	Content   sheetContentBody `json:"sheetContent"`
}

type sheetContentBody struct {
	Visualizations []visualizationBody `json:"visualizations"`
}

type visualizationBody struct {
	Header  fullHeaderBody `json:"header"`
	Content struct {
		Title string `json:"title"`
	} `json:"vizContent"`
}

// describeStorable is an object as metadata/details shows it.
func describeStorable(s *metadata.Storable, d *searchlight.Details) any {
	common := storableBody{
		Header: fullHeaders([]searchlight.Header{s.Header}, d)[0], Complete: len(s.Problems) == 0, IncompleteDetail: describeProblems(s.Problems),
	}
	common.Type = common.Header.Type
	switch s.Header.Type {
	case searchlight.TypeTag:
		common.Header.ClientState = s.Content
		return common
	case searchlight.TypeConnection:
		b := connectionBody{storableBody: common}
		b.Content.Configuration = map[string]string{}
		for _, p := range s.Connection.Properties {
			b.Content.Configuration[p.Key] = p.Value
		}
		return b
	case searchlight.TypeLogicalTable:
		b := tableBody{storableBody: common, DataSourceID: s.Header.Connection, Columns: describeColumns(s.Columns, d), Relationships: []relationshipBody{}}
		for i := range s.Joins {
			j := &s.Joins[i]
			b.Relationships = append(b.Relationships, relationshipBody{
				Header: fullHeader(&j.Header, d), Type: j.Type, On: j.On,
				SourceTable: s.Header.ID, SourceTableName: j.SourceName, DestinationTable: j.Destination, DestinationTableName: j.DestinationName,
			})
		}
		return b
	case searchlight.TypeAnswer, searchlight.TypePinboard:
		return reportBody{storableBody: common, ReportContent: reportContent(s, d)}
	}
	panic("v1: no details of a " + string(s.Header.Type))
}

func describeProblems(problems []string) []incompleteDetail {
	list := []incompleteDetail{}
	for _, p := range problems {
		list = append(list, incompleteDetail{p})
	}
	return list
}

// reportContent is what is stored of an answer or pinboard, or one sheet with
// its parts.
func reportContent(s *metadata.Storable, d *searchlight.Details) any {
	var stored struct {
		ReportContent json.RawMessage `json:"reportContent"`
	}
	if json.Unmarshal(s.Content, &stored) == nil && stored.ReportContent != nil {
		return stored.ReportContent
	}
	sheet := sheetBody{SheetType: "PINBOARD", Content: sheetContentBody{Visualizations: []visualizationBody{}}}
	if s.Header.Type == searchlight.TypeAnswer {
		sheet.SheetType = "QUESTION"
	}
	for _, header := range fullHeaders(s.Parts, d) {
		v := visualizationBody{Header: header}
		v.Content.Title = header.Name
		sheet.Content.Visualizations = append(sheet.Content.Visualizations, v)
	}
	return sheetsBody{Sheets: []sheetBody{sheet}}
}

func describeColumns(columns []metadata.ColumnDetail, d *searchlight.Details) []columnBody {
	headers := make([]searchlight.Header, len(columns))
	for i := range columns {
		headers[i] = columns[i].Header
	}
	list := make([]columnBody, len(columns))
	for i, header := range fullHeaders(headers, d) {
		list[i] = describeColumn(&columns[i], header)
	}
	return list
}

// describeColumn spells out what a column has by default.
func describeColumn(c *metadata.ColumnDetail, header fullHeaderBody) columnBody {
	p := &c.Properties
	b := columnBody{
		Header: header, DataType: c.Type.String(), Type: p.Role.String(), Synonyms: orEmpty(p.Synonyms),
		IsAdditive: p.Role == datatype.Measure, DefaultAggrType: "NONE", IndexType: "DEFAULT", IndexPriority: 1,
		IsAttributionDimension: p.IsAttributionDimension == nil || *p.IsAttributionDimension, SpotIQPreference: "DEFAULT",
		PhysicalColumnName: c.PhysicalName, Sources: []columnSourceBody{},
	}
	if p.IsAdditive != nil {
		b.IsAdditive = *p.IsAdditive
	}
	switch {
	case p.Aggregation != datatype.DefaultAggregation:
		b.DefaultAggrType = p.Aggregation.String()
	case p.Role == datatype.Measure:
		b.DefaultAggrType = datatype.Sum.String()
	}
	if p.IndexType != "" {
		b.IndexType = strings.ToUpper(p.IndexType)
	}
	if p.IndexPriority != 0 {
		b.IndexPriority = p.IndexPriority
	}
	if p.SpotIQ != "" {
		b.SpotIQPreference = p.SpotIQ
	}
	for _, s := range c.Sources {
		b.Sources = append(b.Sources, columnSourceBody{s.Table, s.Name})
	}
	return b
}
