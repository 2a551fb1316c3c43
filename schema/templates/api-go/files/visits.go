package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Visits of pages, kept in a file.
type Visits struct {
	lock   sync.Mutex
	file   string
	counts map[string]int
}

// OpenVisits reads the file, where it is there.
func OpenVisits(file string) (*Visits, error) {
	visits := &Visits{file: file, counts: map[string]int{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return visits, os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &visits.counts); err != nil {
		return nil, err
	}
	if visits.counts == nil {
		visits.counts = map[string]int{}
	}
	return visits, nil
}

// Count adds a visit of a page and answers how many it has had. A visit that can't be written is not counted.
func (visits *Visits) Count(page string) (int, error) {
	visits.lock.Lock()
	defer visits.lock.Unlock()
	visits.counts[page]++
	if err := visits.write(); err != nil {
		visits.counts[page]--
		return 0, err
	}
	return visits.counts[page], nil
}

// All answers how many visits each page has had.
func (visits *Visits) All() map[string]int {
	visits.lock.Lock()
	defer visits.lock.Unlock()
	all := make(map[string]int, len(visits.counts))
	for page, count := range visits.counts {
		all[page] = count
	}
	return all
}

// write puts a whole file in the place of the one before.
func (visits *Visits) write() error {
	text, err := json.Marshal(visits.counts)
	if err != nil {
		return err
	}
	if err := os.WriteFile(visits.file+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(visits.file+".new", visits.file)
}
