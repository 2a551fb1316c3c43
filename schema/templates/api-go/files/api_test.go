package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T, file string) (*Visits, http.Handler) {
	t.Helper()
	visits, err := OpenVisits(file)
	if err != nil {
		t.Fatal(err)
	}
	return visits, NewAPI(visits)
}
func ask(handler http.Handler, method, path string) (int, string) {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
	return answer.Code, strings.TrimSpace(answer.Body.String())
}

func TestHealth(t *testing.T) {
	_, handler := open(t, filepath.Join(t.TempDir(), "visits.json"))
	if code, body := ask(handler, "GET", "/health"); code != 200 || body != `{"state":"well"}` {
		t.Errorf("health answers %d %s", code, body)
	}
}

func TestVisitsAreCountedAndKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "visits.json")
	_, handler := open(t, file)
	ask(handler, "POST", "/visits/home")
	if code, body := ask(handler, "POST", "/visits/home"); code != 200 || body != `{"page":"home","visits":2}` {
		t.Errorf("a visit answers %d %s", code, body)
	}
	_, again := open(t, file)
	if code, body := ask(again, "GET", "/visits"); code != 200 || body != `{"visits":{"home":2}}` {
		t.Errorf("the visits are %d %s", code, body)
	}
}

func TestFileWithoutCounts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "visits.json")
	if err := os.WriteFile(file, []byte("null"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, handler := open(t, file)
	if code, _ := ask(handler, "POST", "/visits/home"); code != 200 {
		t.Errorf("a visit answers %d", code)
	}
}

func TestManyAtOnce(t *testing.T) {
	visits, handler := open(t, filepath.Join(t.TempDir(), "visits.json"))
	var all sync.WaitGroup
	for i := 0; i < 50; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			ask(handler, "POST", "/visits/home")
		}()
	}
	all.Wait()
	if count := visits.All()["home"]; count != 50 {
		t.Errorf("50 visits are counted as %d", count)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	_, handler := open(t, filepath.Join(t.TempDir(), "visits.json"))
	for _, asked := range [][2]string{{"GET", "/none"}, {"GET", "/visits/home"}, {"POST", "/visits/Home"}, {"POST", "/visits"}} {
		if code, _ := ask(handler, asked[0], asked[1]); code != 404 {
			t.Errorf("%s %s answers %d", asked[0], asked[1], code)
		}
	}
}
