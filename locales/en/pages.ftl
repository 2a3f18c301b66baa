# The words of all pages, in English: the reference. The other languages have the same keys (a test holds that).
# Say what a person would say: short, exact, no blame.

product-name = Doorward
language = Language
help = Help
privacy = Privacy
continue = Continue
back-to = Back to { $app }
back-home = Go to the start page
sign-in-again = Sign in again
field-optional = (optional)
password-show = Show
password-hide = Hide
app-policy = Privacy policy
app-terms = Terms

## Sign in

login-title = Sign in
login-continue-to = Continue to { $app }
login-username = Username or email
login-password = Password
login-submit = Sign in
login-reason-reauthenticate = Please confirm that it is you.
login-reason-expired = Your session has ended. Please sign in again.
login-reason-switch = Sign in with the account you want to use.
login-reason-closed = New accounts are made by the operator here. Sign in with the account you have.

login-error-credentials = Username or password is wrong.
login-error-missing-username = Please enter your username.
login-error-missing-password = Please enter your password.
login-error-throttled = { $seconds ->
    [one] Too many attempts. Wait { $seconds } second.
   *[other] Too many attempts. Wait { $seconds } seconds.
  }
login-error-throttled-minutes = { $minutes ->
    [one] Too many attempts. Wait { $minutes } minute.
   *[other] Too many attempts. Wait { $minutes } minutes.
  }
login-error-busy = Very busy right now. Try again shortly.

choose-title = Choose an account
choose-other = Use another account

## Consent

consent-title = { $app } asks for access
consent-signed-in-as = Signed in as
consent-about-you = It will see
consent-may-do = It may
consent-allow = Allow
consent-deny = Deny
consent-revoke = You can take this back at any time:
consent-revoke-link = apps with access
consent-not-you = Not { $name }?
consent-switch = Use another account

scope-openid-title = Who you are
scope-openid-detail = An identifier that stands for your account
scope-profile-title = Your profile
scope-profile-detail = Your name, username, picture, language and time zone
scope-email-title = Your email address
scope-email-detail = The address, and whether it is confirmed
scope-address-title = Your postal address
scope-address-detail = The address in your profile
scope-phone-title = Your phone number
scope-phone-detail = The number, and whether it is confirmed
scope-groups-title = Your groups
scope-groups-detail = The names of the groups you belong to
scope-offline_access-title = Stay connected
scope-offline_access-detail = It keeps this access after you sign out, until you take it back
scope-other-title = Use “{ $scope }”
scope-other-detail = A permission of { $resource }

## Sign out

logout-title = Sign out?
logout-text = You will be signed out of this browser. Apps may keep their own sign-in until you leave them.
logout-text-app = { $app } asks to sign you out of this browser. Other apps may keep their own sign-in until you leave them.
logout-submit = Sign out
logout-cancel = Stay signed in
logged-out-title = You are signed out
logged-out-text = On a shared computer, close the browser window too.
logout-kept-title = You are still signed in
logout-kept-text = Nothing has changed.

form-post-title = Taking you back
form-post-text = If nothing happens, use the button.

## First administrator

setup-title = Create the first administrator
setup-text = This account manages people and apps. The link that brought you here works once.
setup-email = Email address
setup-username = Username
setup-username-hint = Letters, digits, dot, dash and underscore
setup-name = Full name
setup-password = Password
setup-password-hint = At least { $min } characters
setup-submit = Create administrator
setup-error-taken = The username or the address is somebody’s already.
setup-done-title = All set
setup-done-text = The administrator { $username } is created. You can sign in now.

## Start page

home-signed-out-title = One sign-in for all your apps
home-signed-out-text = Open one of your apps to sign in, or sign in here first.
home-signed-in-title = You are signed in
home-signed-in-text = Apps that use this sign-in page will know you without asking again.
home-sign-in = Sign in
home-sign-out = Sign out
home-demo = Try the demo app

## Errors: what happened, more about it, what to do

error-prefix = Error:
error-reference = Reference:
error-details = Details for the app’s developer
error-retry-after = { $seconds ->
    [one] Try again in { $seconds } second.
   *[other] Try again in { $seconds } seconds.
  }
error-retry-after-minutes = { $minutes ->
    [one] Try again in { $minutes } minute.
   *[other] Try again in { $minutes } minutes.
  }

error-unknown-client-title = We do not know this app
error-unknown-client-text = The app that sent you here is not registered with this sign-in page.
error-unknown-client-remedy = Check the address you started from. If it is right, tell the people who run the app.
error-client-disabled-title = This app is switched off
error-client-disabled-text = An administrator has stopped sign-in for the app that sent you here.
error-client-disabled-remedy = If you need the app, ask your administrator.
error-redirect-uri-missing-title = The app gave no return address
error-redirect-uri-missing-text = The app sent you here without saying where to send you back.
error-redirect-uri-missing-remedy = Nothing was shared. Tell the people who run the app.
error-redirect-uri-mismatch-title = The return address does not match
error-redirect-uri-mismatch-text = The app wants you sent back to an address that is not registered for it. To protect you, we stopped here.
error-redirect-uri-mismatch-remedy = Nothing was shared. Tell the people who run the app; its exact return address must be registered.
error-invalid-request-title = The app’s request is not valid
error-invalid-request-text = The app sent you here with a request that we cannot accept.
error-invalid-request-remedy = Go back to the app and try again. If it happens again, tell the people who run the app.
error-request-not-supported-title = The app asks in a way we do not support
error-request-not-supported-text = The app’s request uses a feature that is not available here.
error-request-not-supported-remedy = Tell the people who run the app; the details below will help them.
error-flow-expired-title = This sign-in took too long
error-flow-expired-text = For your safety a sign-in must be finished within some minutes. This one has ended or was already used.
error-flow-expired-remedy = Go back to the app and start again.
error-flow-other-browser-title = This sign-in began elsewhere
error-flow-other-browser-text = The page was opened in another browser than the one that started it, or cookies are blocked.
error-flow-other-browser-remedy = Allow cookies for this site, go back to the app and start again in this browser.
error-csrf-title = This page is out of date
error-csrf-text = The form was sent from an old page or from another site, so we did not accept it.
error-csrf-remedy = Go back, reload the page and try again. Cookies must be allowed for this site.
error-session-title = Your session has ended
error-session-text = You were signed out, or were away for too long.
error-session-remedy = Sign in again to go on.
error-busy-title = A lot is going on right now
error-busy-text = We cannot take your request at this moment. Nothing is lost.
error-busy-remedy = Please try again.
error-throttled-title = Too many attempts
error-throttled-text = There were too many requests from your side in a short time.
error-throttled-remedy = Please wait a little.
error-not-found-title = There is nothing here
error-not-found-text = This page does not exist, or no longer does.
error-not-found-remedy = Check the address, or go back to the app you came from.
error-method-not-allowed-title = That does not work here
error-method-not-allowed-text = The address exists, but cannot be opened in this way.
error-method-not-allowed-remedy = Go back to the app you came from and start again.
error-too-large-title = That was too much
error-too-large-text = The request is larger than we accept.
error-too-large-remedy = Go back and try again with less text.
error-unsupported-media-type-title = We could not read the form
error-unsupported-media-type-text = The request came in a format that this page does not take.
error-unsupported-media-type-remedy = Go back, reload the page and try again.
error-forbidden-title = You may not do this
error-forbidden-text = Your account has no permission for this.
error-forbidden-remedy = If you need it, ask your administrator.
error-timeout-title = That took too long
error-timeout-text = The request was not finished in time.
error-timeout-remedy = Please try again.
error-internal-title = Something went wrong on our side
error-internal-text = We could not finish this, and it is not your fault.
error-internal-remedy = Please try again. If it happens again, tell your administrator the reference below.
error-database-title = We are not available right now
error-database-text = The sign-in service cannot reach its data. Nothing is lost.
error-database-remedy = Please try again in a moment.
error-setup-used-title = Setup is complete
error-setup-used-text = The first administrator exists already, and this link works only once.
error-setup-used-remedy = Sign in with that account.
error-setup-invalid-title = This setup link is not valid
error-setup-invalid-text = The link is incomplete, or belongs to an earlier start of the server.
error-setup-invalid-remedy = Use the newest link that the server printed when it started.
error-logout-hint-title = We could not check this sign-out
error-logout-hint-text = The app asked to sign you out with a token that we cannot accept.
error-logout-hint-remedy = You are still signed in. You can sign out from the start page.
error-logout-redirect-title = You cannot be sent back
error-logout-redirect-text = The address the app wants you sent to after signing out is not registered for it.
error-logout-redirect-remedy = Tell the people who run the app; its exact address must be registered.

## Demo app (only with `doorward dev`)

demo-title = Demo app
demo-note = These pages are part of doorward dev and do not exist in a real installation.
demo-index-title = See a sign‑in, step by step
demo-index-text = This is a small app that signs people in with Doorward, as yours will: with the authorization code flow and PKCE. It shows each request and each answer on the way.
demo-sign-in-with = Sign in with { -brand }
demo-apps-title = 1. Choose an app
demo-apps-text = Sign in to the first one, then to the second: you will not be asked for your password again.
demo-people-title = 2. Sign in as
demo-people-text = These accounts exist only in this development database.
demo-person-username = Username
demo-person-password = Password
demo-next-title = 3. Read what happened
demo-next-text = After sign-in you come back here and see the tokens, their contents and every request behind them. From there, try userinfo, refresh, introspection and sign-out.
demo-discovery = What the server says about itself
demo-steps-title = What happened
demo-request = Request
demo-response = Answer
demo-tokens-title = Tokens
demo-token-header = Header
demo-token-claims = Claims
demo-token-raw = As sent
demo-actions-title = What next?
demo-action-userinfo = Ask userinfo
demo-action-refresh = Refresh the tokens
demo-action-introspect = Introspect the access token
demo-action-revoke = Revoke the refresh token
demo-action-logout = Sign out
demo-action-login = Sign in again
demo-action-other = Sign in to the other app
demo-action-silent = Sign in silently (prompt=none)
demo-action-start = Start again
demo-error-title = The demo app stopped here
demo-title-signed-in = { $name } is signed in
demo-title-somebody = You are signed in
demo-title-signed-out = You are signed out
demo-title-stopped = The sign-in did not finish
demo-title-begun = The sign-in has begun
demo-app-first-text = A web app with a server: a confidential client with refresh tokens. It asks for your consent.
demo-app-second-text = A second app, without a secret of its own: a public client, trusted by the operator. It shows single sign-on.
demo-token-id = ID token
demo-token-id-text = Tells the app who signed in, how and when. It is for the app and nobody else.
demo-token-access = Access token
demo-token-access-text = Opens userinfo and the demo API. An app hands it on and need not read it; it is decoded here to be seen.
demo-token-refresh = Refresh token
demo-token-refresh-text = Gets new tokens without the person. Only the server can read it.
demo-fault-access-denied = You did not allow it. The app gets nothing and has to do without.
demo-fault-login-required = Nobody is signed in, and prompt=none forbids to ask.
demo-fault-consent-required = You have not allowed this app yet, and prompt=none forbids to ask.
demo-fault-interaction-required = You would have to be asked something, and prompt=none forbids it.
demo-fault-invalid-grant = The code or the refresh token was used before, was revoked or is too old.
demo-fault-description = The server says: “{ $text }”
demo-fault-state = This answer does not belong to a sign-in that this app began in this browser, so the app ignores it. Start again.
demo-fault-iss = The answer names another server than the one asked, so the app ignores it.
demo-fault-id-token = The ID token does not hold: { $cause }
demo-fault-no-answer = The server did not answer as expected: { $cause }

demo-step-authorize-title = The app sends the browser to sign in
demo-step-authorize-text = It makes up a state, a nonce and a PKCE verifier, keeps them, and sends only the verifier’s hash.
demo-step-callback-title = The browser comes back with a code
demo-step-callback-text = The app checks that state is its own and that iss names the server it asked. The code lives a minute and works once.
demo-step-token-title = The app exchanges the code
demo-step-token-text = Server to server, with the PKCE verifier: whoever stole the code could not use it.
demo-step-id-token-title = The app checks the ID token
demo-step-id-token-text = Signature by the published keys, issuer, audience, expiry and nonce. Now the app knows who signed in.
demo-step-userinfo-title = The app asks for more about the person
demo-step-userinfo-text = With the access token it reads the claims that its scopes allow.
demo-step-refresh-title = The app refreshes its tokens
demo-step-refresh-text = The refresh token is replaced at each use; an older one used again ends the whole grant.
demo-step-introspect-title = The app asks whether the token still counts
demo-step-introspect-text = An API can do the same with a token it was given.
demo-step-revoke-title = The app gives its token back
demo-step-revoke-text = After this neither the refresh token nor anything from the same grant is accepted.
demo-step-discovery-title = The app reads what the server says about itself
demo-step-discovery-text = Its discovery document names every address and what the server can do. The app was told only the issuer.
demo-step-keys-title = The app fetches the server’s keys
demo-step-keys-text = The public keys that ID tokens are checked with. They change from time to time, so an app reads them and does not build them in.
demo-step-logout-title = The app signs the person out at the server
demo-step-logout-text = It sends the browser with the ID token as a hint, so that the server need not ask, and with an address to come back to.
demo-step-logged-out-title = The browser is back, signed out
demo-step-logged-out-text = The state is the one that the app sent. It forgets its tokens; the single sign-on session at the server is over.
demo-step-error-title = The server refused
demo-step-error-text = The answer names the error and, where it helps, says more.

-brand = Doorward
