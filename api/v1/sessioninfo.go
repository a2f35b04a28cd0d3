package v1

import (
	"slices"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// sessionBody is the answer of session/info (api-v1.md 3.3).
type sessionBody struct {
	UserName            string                  `json:"userName"`
	UserDisplayName     string                  `json:"userDisplayName"`
	UserEmail           string                  `json:"userEmail"`
	UserCreatedTime     int64                   `json:"userCreatedTime"` // epoch ms
	UserExpirationTime  int64                   `json:"userExpirationTime"`
	UserGUID            searchlight.GUID        `json:"userGUID"`
	UserGroupMask       int                     `json:"userGroupMask"`
	IsSystemUser        bool                    `json:"isSystemUser"`
	CanChangePassword   bool                    `json:"canChangePassword"`
	Privileges          []searchlight.Privilege `json:"privileges"`
	AuthToken           string                  `json:"authToken"`      // always empty: scripts must not read a credential
	ExpirationTime      int64                   `json:"expirationTime"` // epoch s
	APIVersion          string                  `json:"apiVersion"`
	ReleaseVersion      string                  `json:"releaseVersion"`
	LogicalModelVersion string                  `json:"logicalModelVersion"`
	CurrentOrgID        int                     `json:"currentOrgId"`
	Locale              string                  `json:"locale"`
	Timezone            string                  `json:"timezone"`
	DateFormat          formatBody              `json:"dateFormat"`
	TimeFormat          formatBody              `json:"timeFormat"`
	DateTimeFormat      formatBody              `json:"dateTimeFormat"`
	IntegerFormat       struct{}                `json:"integerFormat"`
	DecimalFormat       struct{}                `json:"decimalFormat"`
	ClientState         clientStateBody         `json:"clientState"`
	ConfigInfo          configBody              `json:"configInfo"`
}

type formatBody struct {
	Pattern string `json:"formatPattern"`
}

type clientStateBody struct {
	Preferences struct{} `json:"preferences"`
	Tips        struct{} `json:"tips"`
}

// configBody holds what clients read without looking whether it is there.
type configBody struct {
	IsSaas          bool             `json:"isSaas"`
	IsPublicUser    bool             `json:"isPublicUser"`
	SelfClusterName string           `json:"selfClusterName"`
	SelfClusterID   searchlight.GUID `json:"selfClusterId"`
	Mixpanel        struct {
		DevKey     string `json:"devSdkKey"`
		ProdKey    string `json:"prodSdkKey"`
		Production bool   `json:"production"`
	} `json:"mixpanelConfig"`
	Email struct {
		Welcome struct {
			Link string `json:"getStartedLink"`
		} `json:"welcomeEmailConfig"`
	} `json:"emailConfig"`
}

func (a *API) describeSession(s *searchlight.Subject, expires time.Time) *sessionBody {
	b := &sessionBody{
		UserName:          s.User.Name,
		UserDisplayName:   s.User.DisplayName,
		UserEmail:         s.User.Email,
		UserCreatedTime:   s.User.Created.UnixMilli(),
		UserGUID:          s.User.ID,
		UserGroupMask:     groupMask(s.Groups),
		IsSystemUser:      s.User.IsProtected(),
		CanChangePassword: s.User.PasswordHash != "",
		Privileges:        slices.Sorted(slices.Values(s.Privileges)),
		ExpirationTime:    expires.Unix(),
		APIVersion:        "v1", ReleaseVersion: a.config.Release, LogicalModelVersion: "V1",
		Locale: "en-US", Timezone: a.config.Location.String(),
		DateFormat: formatBody{"yyyy-MM-dd"}, TimeFormat: formatBody{"HH:mm:ss"}, DateTimeFormat: formatBody{"yyyy-MM-dd HH:mm:ss"},
	}
	if b.Privileges == nil {
		b.Privileges = []searchlight.Privilege{}
	}
	b.ConfigInfo.SelfClusterName, b.ConfigInfo.SelfClusterID = a.config.ClusterName, a.config.ClusterID
	return b
}
