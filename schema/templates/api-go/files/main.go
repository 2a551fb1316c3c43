package main

import (
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	visits, err := OpenVisits(filepath.Join(setting("DATA_FOLDER", "data"), "visits.json"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: ":" + setting("PORT", "8080"), Handler: NewAPI(visits), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	log.Fatal(server.ListenAndServe())
}
