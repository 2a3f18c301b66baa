// Package clients drives Doorward with golang.org/x/oauth2 and go-oidc.
package clients

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// app is a registered client with what the library discovered.
type app struct {
	oauth2.Config
	provider *oidc.Provider
}

func discover(t *testing.T, name string, scopes ...string) app {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), issuer)
	if err != nil {
		t.Fatal(err)
	}
	client := registered(t, name)
	return app{oauth2.Config{
		ClientID:     client.ID,
		ClientSecret: client.Secret,
		Endpoint:     provider.Endpoint(),
		RedirectURL:  client.RedirectURIs[0],
		Scopes:       append([]string{oidc.ScopeOpenID}, scopes...),
	}, provider}
}

// signIn does the whole code flow and gives the tokens with the verified ID token.
func (a *app) signIn(t *testing.T, r *robot) (*oauth2.Token, *oidc.IDToken) {
	t.Helper()
	verifier, state, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	answer := r.walk(t, a.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce))).Query()
	if answer.Get("state") != state || answer.Get("iss") != issuer || answer.Get("error") != "" {
		t.Fatalf("the answer is %v", answer)
	}
	token, err := a.Exchange(t.Context(), answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := a.provider.Verifier(&oidc.Config{ClientID: a.ClientID}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if idToken.Nonce != nonce {
		t.Fatal("another nonce")
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		t.Fatal(err)
	}
	return token, idToken
}

func TestCodeFlow(t *testing.T) {
	a := discover(t, "web", "profile", "email")
	token, idToken := a.signIn(t, newRobot())
	if !token.Valid() || token.Type() != "Bearer" || time.Until(token.Expiry) <= 0 {
		t.Errorf("token %v", token)
	}
	info, err := a.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	if info.Subject != idToken.Subject || info.Email != "alice@example.com" || !info.EmailVerified {
		t.Errorf("userinfo %+v", info)
	}
}

func TestRedirectURIWithoutPath(t *testing.T) {
	a := discover(t, "web")
	a.RedirectURL = "https://web.example"
	a.signIn(t, newRobot())
}

func TestPublicClient(t *testing.T) {
	a := discover(t, "native")
	a.RedirectURL = "http://127.0.0.1:50999/callback"
	a.signIn(t, newRobot())
}

func TestSignedUserInfo(t *testing.T) {
	a := discover(t, "post", "email")
	a.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	token, idToken := a.signIn(t, newRobot())
	info, err := a.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	if info.Subject != idToken.Subject || info.Email != "alice@example.com" {
		t.Errorf("userinfo %+v", info)
	}
}

func TestEdDSAIDToken(t *testing.T) {
	a := discover(t, "trusted")
	a.signIn(t, newRobot())
}

func TestAuthStyleIsFoundByTrying(t *testing.T) {
	// The library tries Basic first and the body second where nothing is set; the failed try must not spoil the code.
	a := discover(t, "post")
	a.Endpoint.AuthStyle = oauth2.AuthStyleAutoDetect
	a.signIn(t, newRobot())
}

func TestSecondAppWithoutSecondLogin(t *testing.T) {
	r := newRobot()
	web, trusted := discover(t, "web"), discover(t, "trusted")
	_, first := web.signIn(t, r)
	_, second := trusted.signIn(t, r)
	if first.Subject != second.Subject {
		t.Error("another subject")
	}
}

func TestRefreshThroughTokenSource(t *testing.T) {
	a := discover(t, "web", oidc.ScopeOfflineAccess)
	token, _ := a.signIn(t, newRobot())
	expired := *token
	expired.Expiry = time.Now().Add(-time.Minute)
	source := a.TokenSource(t.Context(), &expired)
	fresh, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	if fresh.AccessToken == token.AccessToken || fresh.RefreshToken == token.RefreshToken || !fresh.Valid() {
		t.Errorf("fresh %v", fresh)
	}
	if _, err := a.provider.UserInfo(t.Context(), source); err != nil {
		t.Error(err)
	}
	// The same library in two goroutines with one stored token: both go on.
	again, err := a.TokenSource(t.Context(), &expired).Token()
	if err != nil || again.RefreshToken != fresh.RefreshToken {
		t.Errorf("again %v: %v", again, err)
	}
}

func TestWrongVerifier(t *testing.T) {
	a := discover(t, "web")
	a.Endpoint.AuthStyle = oauth2.AuthStyleInHeader // or the library would try once more in another way
	answer := newRobot().walk(t, a.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))).Query()
	_, err := a.Exchange(t.Context(), answer.Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier()))
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" || refused.Response.StatusCode != http.StatusBadRequest {
		t.Errorf("%v", err)
	}
}

func TestClientCredentials(t *testing.T) {
	provider, err := oidc.NewProvider(t.Context(), issuer)
	if err != nil {
		t.Fatal(err)
	}
	client := registered(t, "job")
	config := clientcredentials.Config{
		ClientID:       client.ID,
		ClientSecret:   client.Secret,
		TokenURL:       provider.Endpoint().TokenURL,
		Scopes:         []string{"orders:read"},
		EndpointParams: url.Values{"resource": {"https://orders.example"}},
	}
	token, err := config.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// go-oidc as the API: the key set, the issuer and the audience of the access token.
	var meta struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := provider.Claims(&meta); err != nil {
		t.Fatal(err)
	}
	keys := oidc.NewRemoteKeySet(context.Background(), meta.JWKS)
	verifier := oidc.NewVerifier(issuer, keys, &oidc.Config{ClientID: "https://orders.example", SupportedSigningAlgs: []string{oidc.ES256}})
	verified, err := verifier.Verify(t.Context(), token.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if verified.Subject != "job" {
		t.Errorf("subject %s", verified.Subject)
	}
	config.ClientSecret = "wrong-wrong-wrong-wrong-wrong-wrong-wrong"
	var refused *oauth2.RetrieveError
	if _, err := config.Token(t.Context()); !errors.As(err, &refused) || refused.ErrorCode != "invalid_client" {
		t.Errorf("%v", err)
	}
}
