package main

import (
	"encoding/json"
	"net/http"
	"regexp"
)

var pageName = regexp.MustCompile(`^/visits/([a-z0-9-]{1,60})$`)

func send(response http.ResponseWriter, status int, body any) {
	response.Header().Set("content-type", "application/json; charset=utf-8")
	response.WriteHeader(status)
	_ = json.NewEncoder(response).Encode(body)
}

// NewAPI answers requests with what these visits hold.
func NewAPI(visits *Visits) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		path := request.URL.Path
		page := pageName.FindStringSubmatch(path)
		switch {
		case path == "/health":
			send(response, http.StatusOK, map[string]string{"state": "well"})
		case path == "/visits" && request.Method == http.MethodGet:
			send(response, http.StatusOK, map[string]any{"visits": visits.All()})
		case page != nil && request.Method == http.MethodPost:
			count, err := visits.Count(page[1])
			if err != nil {
				send(response, http.StatusInternalServerError, map[string]string{"error": "the visit could not be kept"})
				return
			}
			send(response, http.StatusOK, map[string]any{"page": page[1], "visits": count})
		default:
			send(response, http.StatusNotFound, map[string]string{"error": "there is nothing at this path"})
		}
	})
}
