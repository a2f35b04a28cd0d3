package app

import v1 "github.com/searchlight-bi/searchlight/api/v1"

// API is the API that the app serves.
func (a *App) API() *v1.API { return a.server.API() }
