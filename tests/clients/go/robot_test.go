package clients

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var issuer = os.Getenv("DOORWARD_TEST_ISSUER")

// registration is what these tests need of a registered client.
type registration struct {
	ID           string   `json:"client_id"`
	Secret       string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"`
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("DOORWARD_TEST_REGISTRATIONS"), path))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func registered(t *testing.T, name string) (r registration) {
	t.Helper()
	read(t, "clients/"+name+".json", &r)
	return r
}

var (
	formTag   = regexp.MustCompile(`(?s)<form\b[^>]*>.*?</form>`)
	inputTag  = regexp.MustCompile(`<(input|button|form)\b[^>]*>`)
	attribute = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
)

func attributes(tag string) map[string]string {
	found := map[string]string{}
	for _, match := range attribute.FindAllStringSubmatch(tag, -1) {
		found[match[1]] = html.UnescapeString(match[2])
	}
	return found
}

// robot is a browser without scripts: cookies, redirects and the forms of the sign-in and consent pages.
type robot struct{ client *http.Client }

func newRobot() *robot {
	jar, _ := cookiejar.New(nil)
	return &robot{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// walk follows redirects and fills in what is asked, until the browser would leave the issuer; it gives that URL.
func (r *robot) walk(t *testing.T, at string) *url.URL {
	t.Helper()
	var person struct{ Username, Password string }
	read(t, "alice.json", &person)
	here, err := url.Parse(at)
	var form url.Values
	for range 20 {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(here.String(), issuer+"/") {
			return here
		}
		here, form, err = r.step(here, form, person.Username, person.Password)
	}
	t.Fatalf("no end in sight at %s", here)
	return nil
}

func (r *robot) step(here *url.URL, form url.Values, username, password string) (*url.URL, url.Values, error) {
	var answer *http.Response
	var err error
	if form == nil {
		answer, err = r.client.Get(here.String())
	} else {
		answer, err = r.client.PostForm(here.String(), form)
	}
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, nil, err
	}
	if location := answer.Header.Get("Location"); location != "" {
		next, err := here.Parse(location)
		return next, nil, err
	}
	found := formTag.FindString(string(page))
	if found == "" {
		return nil, nil, fmt.Errorf("no form on the page:\n%s", page)
	}
	filled, action, pressed := url.Values{}, "", false
	for _, tag := range inputTag.FindAllString(found, -1) {
		a := attributes(tag)
		switch {
		case strings.HasPrefix(tag, "<form"):
			action = a["action"]
		case strings.HasPrefix(tag, "<input"):
			filled.Set(a["name"], a["value"])
		case a["type"] == "submit" && !pressed:
			pressed = true
			if a["name"] != "" {
				filled.Set(a["name"], a["value"])
			}
		}
	}
	if filled.Has("password") {
		filled.Set("username", username)
		filled.Set("password", password)
	}
	next, err := here.Parse(action)
	return next, filled, err
}
