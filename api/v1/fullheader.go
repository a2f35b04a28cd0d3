package v1

import (
	"encoding/json"

	"github.com/searchlight-bi/searchlight"
)

// fullHeaderBody is a full header (api-v1.md 1.10).
type fullHeaderBody struct {
	headerBody
	IndexVersion      int64            `json:"indexVersion"`
	GenerationNum     int64            `json:"generationNum"`
	AuthorName        string           `json:"authorName,omitempty"`
	AuthorDisplayName string           `json:"authorDisplayName,omitempty"`
	IsDeleted         bool             `json:"isDeleted"`
	IsHidden          bool             `json:"isHidden"`
	IsExternal        bool             `json:"isExternal"`
	IsDeprecated      bool             `json:"isDeprecated"`
	Tags              []fullHeaderBody `json:"tags"`
	ClientState       json.RawMessage  `json:"clientState,omitempty"` // of a tag
	HasTabs           *bool            `json:"hasTabs,omitempty"`     // this and the next two: of a pinboard
	ModelVersion      string           `json:"modelVersion,omitempty"`
	ResolvedObjects   *struct{}        `json:"resolvedObjects,omitempty"`
}

// fullHeaders describes headers with what DetailsOf gathered about them.
func fullHeaders(headers []searchlight.Header, d *searchlight.Details) []fullHeaderBody {
	list := make([]fullHeaderBody, len(headers))
	for i := range headers {
		list[i] = fullHeader(&headers[i], d)
		tags := d.Tags[headers[i].ID]
		for j := range tags {
			tag := fullHeader(&tags[j].Header, d)
			tag.ClientState = tags[j].Content
			list[i].Tags = append(list[i].Tags, tag)
		}
	}
	return list
}

// fullHeader is a full header without tags.
func fullHeader(h *searchlight.Header, d *searchlight.Details) fullHeaderBody {
	b := fullHeaderBody{headerBody: leanHeader(h), IndexVersion: h.Version, GenerationNum: h.Version, IsHidden: h.Hidden, Tags: []fullHeaderBody{}}
	switch h.Type {
	case searchlight.TypeUser, searchlight.TypeUserGroup:
	default:
		author := d.Authors[h.Author]
		b.AuthorName, b.AuthorDisplayName = author.Name, author.DisplayName
	}
	if h.Type == searchlight.TypePinboard {
		b.HasTabs, b.ModelVersion, b.ResolvedObjects = new(false), "V1", &struct{}{}
	}
	return b
}
