# Die Wörter aller Seiten auf Deutsch. Englisch ist maßgeblich für die Schlüssel.

product-name = Doorward
language = Sprache
help = Hilfe
privacy = Datenschutz
continue = Weiter
back-to = Zurück zu { $app }
back-home = Zur Startseite
sign-in-again = Erneut anmelden
field-optional = (freiwillig)
password-show = Zeigen
password-hide = Verbergen
app-policy = Datenschutz
app-terms = Bedingungen

## Anmelden

login-title = Anmelden
login-continue-to = Weiter zu { $app }
login-username = Benutzername oder E-Mail
login-password = Passwort
login-submit = Anmelden
login-reason-reauthenticate = Bitte bestätigen Sie, dass Sie es sind.
login-reason-expired = Ihre Sitzung ist beendet. Bitte melden Sie sich erneut an.
login-reason-switch = Melden Sie sich mit dem gewünschten Konto an.
login-reason-closed = Neue Konten legt hier der Betreiber an. Melden Sie sich mit Ihrem Konto an.

login-error-credentials = Benutzername oder Passwort ist falsch.
login-error-missing-username = Bitte geben Sie Ihren Benutzernamen ein.
login-error-missing-password = Bitte geben Sie Ihr Passwort ein.
login-error-throttled = { $seconds ->
    [one] Zu viele Versuche. Warten Sie { $seconds } Sekunde.
   *[other] Zu viele Versuche. Warten Sie { $seconds } Sekunden.
  }
login-error-throttled-minutes = { $minutes ->
    [one] Zu viele Versuche. Warten Sie { $minutes } Minute.
   *[other] Zu viele Versuche. Warten Sie { $minutes } Minuten.
  }
login-error-busy = Gerade ist viel los. Bitte gleich nochmals.

choose-title = Konto auswählen
choose-other = Anderes Konto verwenden

## Zustimmung

consent-title = { $app } bittet um Zugriff
consent-signed-in-as = Angemeldet als
consent-about-you = Die App erfährt
consent-may-do = Die App darf
consent-allow = Erlauben
consent-deny = Ablehnen
consent-revoke = Sie können das jederzeit zurücknehmen:
consent-revoke-link = Apps mit Zugriff
consent-not-you = Nicht { $name }?
consent-switch = Anderes Konto verwenden

scope-openid-title = Wer Sie sind
scope-openid-detail = Eine Kennung, die für Ihr Konto steht
scope-profile-title = Ihr Profil
scope-profile-detail = Name, Benutzername, Bild, Sprache und Zeitzone
scope-email-title = Ihre E-Mail-Adresse
scope-email-detail = Die Adresse, und ob sie bestätigt ist
scope-address-title = Ihre Postanschrift
scope-address-detail = Die Anschrift in Ihrem Profil
scope-phone-title = Ihre Telefonnummer
scope-phone-detail = Die Nummer, und ob sie bestätigt ist
scope-groups-title = Ihre Gruppen
scope-groups-detail = Die Namen der Gruppen, denen Sie angehören
scope-offline_access-title = Verbunden bleiben
scope-offline_access-detail = Der Zugriff bleibt nach dem Abmelden bestehen, bis Sie ihn zurücknehmen
scope-other-title = „{ $scope }“ nutzen
scope-other-detail = Eine Berechtigung von { $resource }

## Abmelden

logout-title = Abmelden?
logout-text = Sie werden in diesem Browser abgemeldet. In einzelnen Apps können Sie angemeldet bleiben, bis Sie sie verlassen.
logout-text-app = { $app } möchte Sie in diesem Browser abmelden. In anderen Apps können Sie angemeldet bleiben, bis Sie sie verlassen.
logout-submit = Abmelden
logout-cancel = Angemeldet bleiben
logged-out-title = Sie sind abgemeldet
logged-out-text = Schließen Sie an einem gemeinsam genutzten Computer auch das Browserfenster.
logout-kept-title = Sie sind weiter angemeldet
logout-kept-text = Es hat sich nichts geändert.

form-post-title = Es geht zurück zur App
form-post-text = Falls nichts geschieht, verwenden Sie die Schaltfläche.

## Erste Verwaltung

setup-title = Erstes Administratorkonto anlegen
setup-text = Dieses Konto verwaltet Personen und Apps. Der Link, über den Sie kamen, gilt nur einmal.
setup-email = E-Mail-Adresse
setup-username = Benutzername
setup-username-hint = Buchstaben, Ziffern, Punkt und Striche
setup-name = Vollständiger Name
setup-password = Passwort
setup-password-hint = Mindestens { $min } Zeichen
setup-submit = Administratorkonto anlegen
setup-error-taken = Der Benutzername oder die Adresse ist schon vergeben.
setup-done-title = Fertig
setup-done-text = Das Administratorkonto { $username } ist angelegt. Sie können sich jetzt anmelden.

## Startseite

home-signed-out-title = Eine Anmeldung für alle Ihre Apps
home-signed-out-text = Öffnen Sie eine Ihrer Apps, oder melden Sie sich zuerst hier an.
home-signed-in-title = Sie sind angemeldet
home-signed-in-text = Apps, die diese Anmeldeseite nutzen, erkennen Sie, ohne noch einmal zu fragen.
home-sign-in = Anmelden
home-sign-out = Abmelden
home-demo = Demo-App ausprobieren

## Fehler: was geschah, mehr dazu, was zu tun ist

error-prefix = Fehler:
error-reference = Referenz:
error-details = Einzelheiten für die Entwickler der App
error-retry-after = { $seconds ->
    [one] Versuchen Sie es in { $seconds } Sekunde noch einmal.
   *[other] Versuchen Sie es in { $seconds } Sekunden noch einmal.
  }
error-retry-after-minutes = { $minutes ->
    [one] Versuchen Sie es in { $minutes } Minute noch einmal.
   *[other] Versuchen Sie es in { $minutes } Minuten noch einmal.
  }

error-unknown-client-title = Wir kennen diese App nicht
error-unknown-client-text = Die App, von der Sie kommen, ist bei dieser Anmeldeseite nicht registriert.
error-unknown-client-remedy = Prüfen Sie die Adresse, von der Sie kamen. Ist sie richtig, wenden Sie sich an die Betreiber der App.
error-client-disabled-title = Diese App ist abgeschaltet
error-client-disabled-text = Die Anmeldung für die App, von der Sie kommen, wurde von der Verwaltung gesperrt.
error-client-disabled-remedy = Wenn Sie die App brauchen, fragen Sie Ihre Administration.
error-redirect-uri-missing-title = Die App nennt keine Rückadresse
error-redirect-uri-missing-text = Die App hat nicht angegeben, wohin Sie zurückgeleitet werden sollen.
error-redirect-uri-missing-remedy = Es wurde nichts weitergegeben. Bitte informieren Sie die Betreiber der App.
error-redirect-uri-mismatch-title = Die Rückadresse stimmt nicht
error-redirect-uri-mismatch-text = Die App möchte Sie an eine Adresse zurückleiten, die für sie nicht registriert ist. Zu Ihrem Schutz haben wir hier angehalten.
error-redirect-uri-mismatch-remedy = Es wurde nichts weitergegeben. Bitte informieren Sie die Betreiber der App; ihre genaue Rückadresse muss registriert sein.
error-invalid-request-title = Die Anfrage der App ist ungültig
error-invalid-request-text = Die App hat Sie mit einer Anfrage hierher geleitet, die wir nicht annehmen können.
error-invalid-request-remedy = Gehen Sie zur App zurück und versuchen Sie es noch einmal. Wiederholt sich der Fehler, informieren Sie die Betreiber der App.
error-request-not-supported-title = Die App fragt auf eine Weise, die wir nicht unterstützen
error-request-not-supported-text = Die Anfrage der App nutzt eine Funktion, die es hier nicht gibt.
error-request-not-supported-remedy = Bitte informieren Sie die Betreiber der App; die Einzelheiten unten helfen ihnen.
error-flow-expired-title = Diese Anmeldung hat zu lange gedauert
error-flow-expired-text = Zu Ihrer Sicherheit muss eine Anmeldung in einigen Minuten abgeschlossen sein. Diese ist abgelaufen oder wurde schon verwendet.
error-flow-expired-remedy = Gehen Sie zur App zurück und beginnen Sie von vorn.
error-flow-other-browser-title = Diese Anmeldung hat anderswo begonnen
error-flow-other-browser-text = Die Seite wurde in einem anderen Browser geöffnet als dem, in dem sie begann, oder Cookies sind gesperrt.
error-flow-other-browser-remedy = Erlauben Sie Cookies für diese Website, gehen Sie zur App zurück und beginnen Sie in diesem Browser von vorn.
error-csrf-title = Diese Seite ist veraltet
error-csrf-text = Das Formular kam von einer alten Seite oder von einer anderen Website. Deshalb haben wir es nicht angenommen.
error-csrf-remedy = Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal. Cookies müssen für diese Website erlaubt sein.
error-session-title = Ihre Sitzung ist beendet
error-session-text = Sie wurden abgemeldet oder waren zu lange nicht aktiv.
error-session-remedy = Melden Sie sich erneut an, um fortzufahren.
error-busy-title = Gerade ist viel los
error-busy-text = Wir können Ihre Anfrage im Moment nicht annehmen. Es ist nichts verloren.
error-busy-remedy = Bitte versuchen Sie es noch einmal.
error-throttled-title = Zu viele Versuche
error-throttled-text = Von Ihrer Seite kamen in kurzer Zeit zu viele Anfragen.
error-throttled-remedy = Bitte warten Sie ein wenig.
error-not-found-title = Hier ist nichts
error-not-found-text = Diese Seite gibt es nicht oder nicht mehr.
error-not-found-remedy = Prüfen Sie die Adresse, oder gehen Sie zurück zu der App, von der Sie kamen.
error-method-not-allowed-title = So geht es nicht
error-method-not-allowed-text = Die Adresse gibt es, sie lässt sich aber nicht auf diese Weise öffnen.
error-method-not-allowed-remedy = Gehen Sie zurück zu der App, von der Sie kamen, und beginnen Sie von vorn.
error-too-large-title = Das war zu viel
error-too-large-text = Die Anfrage ist größer, als wir sie annehmen.
error-too-large-remedy = Gehen Sie zurück und versuchen Sie es mit weniger Text.
error-unsupported-media-type-title = Wir konnten das Formular nicht lesen
error-unsupported-media-type-text = Die Anfrage kam in einem Format, das diese Seite nicht annimmt.
error-unsupported-media-type-remedy = Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.
error-forbidden-title = Das dürfen Sie nicht
error-forbidden-text = Ihr Konto hat dafür keine Berechtigung.
error-forbidden-remedy = Wenn Sie sie brauchen, fragen Sie Ihre Administration.
error-timeout-title = Das hat zu lange gedauert
error-timeout-text = Die Anfrage wurde nicht rechtzeitig fertig.
error-timeout-remedy = Bitte versuchen Sie es noch einmal.
error-internal-title = Bei uns ist etwas schiefgegangen
error-internal-text = Wir konnten das nicht abschließen. An Ihnen lag es nicht.
error-internal-remedy = Bitte versuchen Sie es noch einmal. Wiederholt sich der Fehler, nennen Sie Ihrer Administration die Referenz unten.
error-database-title = Wir sind gerade nicht erreichbar
error-database-text = Der Anmeldedienst erreicht seine Daten nicht. Es ist nichts verloren.
error-database-remedy = Bitte versuchen Sie es gleich noch einmal.
error-setup-used-title = Die Einrichtung ist abgeschlossen
error-setup-used-text = Das erste Administratorkonto gibt es bereits, und dieser Link gilt nur einmal.
error-setup-used-remedy = Melden Sie sich mit diesem Konto an.
error-setup-invalid-title = Dieser Einrichtungslink ist ungültig
error-setup-invalid-text = Der Link ist unvollständig oder gehört zu einem früheren Start des Servers.
error-setup-invalid-remedy = Verwenden Sie den neuesten Link, den der Server beim Start ausgegeben hat.
error-logout-hint-title = Wir konnten diese Abmeldung nicht prüfen
error-logout-hint-text = Die App wollte Sie mit einem Token abmelden, das wir nicht annehmen können.
error-logout-hint-remedy = Sie sind weiter angemeldet. Auf der Startseite können Sie sich abmelden.
error-logout-redirect-title = Wir können Sie nicht zurückleiten
error-logout-redirect-text = Die Adresse, an die die App Sie nach dem Abmelden leiten möchte, ist für sie nicht registriert.
error-logout-redirect-remedy = Bitte informieren Sie die Betreiber der App; ihre genaue Adresse muss registriert sein.

## Demo-App (nur mit `doorward dev`)

demo-title = Demo-App
demo-note = Diese Seiten gehören zu doorward dev. In einer echten Installation gibt es sie nicht.
demo-index-title = Eine Anmeldung, Schritt für Schritt
demo-index-text = Das ist eine kleine App, die Personen mit Doorward anmeldet, so wie Ihre es tun wird: mit Authorization Code Flow und PKCE. Sie zeigt unterwegs jede Anfrage und jede Antwort.
demo-sign-in-with = Mit { -brand } anmelden
demo-apps-title = 1. App wählen
demo-apps-text = Melden Sie sich bei der ersten an, dann bei der zweiten: Nach dem Passwort werden Sie nicht noch einmal gefragt.
demo-people-title = 2. Anmelden als
demo-people-text = Diese Konten gibt es nur in dieser Entwicklungsdatenbank.
demo-person-username = Benutzername
demo-person-password = Passwort
demo-next-title = 3. Nachlesen, was geschah
demo-next-text = Nach der Anmeldung kommen Sie hierher zurück und sehen die Token, ihren Inhalt und alle Anfragen dahinter. Probieren Sie dort Userinfo, Refresh, Introspection und das Abmelden aus.
demo-discovery = Was der Server über sich sagt
demo-steps-title = Was geschah
demo-request = Anfrage
demo-response = Antwort
demo-tokens-title = Token
demo-token-header = Kopf
demo-token-claims = Angaben (Claims)
demo-token-raw = Wie übertragen
demo-actions-title = Wie weiter?
demo-action-userinfo = Userinfo abfragen
demo-action-refresh = Token erneuern
demo-action-introspect = Access Token prüfen lassen
demo-action-revoke = Refresh Token widerrufen
demo-action-logout = Abmelden
demo-action-login = Erneut anmelden
demo-action-other = Bei der anderen App anmelden
demo-action-silent = Still anmelden (prompt=none)
demo-action-start = Von vorn beginnen
demo-error-title = Die Demo-App kam nicht weiter
demo-title-signed-in = { $name } ist angemeldet
demo-title-somebody = Sie sind angemeldet
demo-title-signed-out = Sie sind abgemeldet
demo-title-stopped = Die Anmeldung wurde nicht abgeschlossen
demo-title-begun = Die Anmeldung hat begonnen
demo-app-first-text = Eine Web-App mit Server: ein vertraulicher Client mit Refresh Token. Sie fragt nach Ihrer Zustimmung.
demo-app-second-text = Eine zweite App ohne eigenes Geheimnis: ein öffentlicher Client, dem der Betreiber vertraut. Sie zeigt Single Sign-on.
demo-token-id = ID Token
demo-token-id-text = Sagt der App, wer sich wie und wann angemeldet hat. Es ist nur für die App bestimmt.
demo-token-access = Access Token
demo-token-access-text = Öffnet Userinfo und die Demo-API. Eine App reicht es weiter und muss es nicht lesen; hier steht es dekodiert, um es zu zeigen.
demo-token-refresh = Refresh Token
demo-token-refresh-text = Beschafft neue Token ohne die Person. Nur der Server kann es lesen.
demo-fault-access-denied = Sie haben es nicht erlaubt. Die App erhält nichts und muss ohne auskommen.
demo-fault-login-required = Niemand ist angemeldet, und prompt=none verbietet nachzufragen.
demo-fault-consent-required = Sie haben dieser App noch nichts erlaubt, und prompt=none verbietet nachzufragen.
demo-fault-interaction-required = Sie müssten etwas gefragt werden, und prompt=none verbietet es.
demo-fault-invalid-grant = Der Code oder das Refresh Token wurde schon verwendet, widerrufen oder ist zu alt.
demo-fault-description = Der Server sagt: „{ $text }“
demo-fault-state = Diese Antwort gehört zu keiner Anmeldung, die diese App in diesem Browser begonnen hat; die App beachtet sie nicht. Beginnen Sie von vorn.
demo-fault-iss = Die Antwort nennt einen anderen Server als den gefragten; die App beachtet sie nicht.
demo-fault-id-token = Das ID Token ist nicht gültig: { $cause }
demo-fault-no-answer = Der Server hat nicht wie erwartet geantwortet: { $cause }

demo-step-authorize-title = Die App schickt den Browser zur Anmeldung
demo-step-authorize-text = Sie erfindet state, nonce und einen PKCE-Verifier, behält sie und sendet vom Verifier nur den Hash.
demo-step-callback-title = Der Browser kommt mit einem Code zurück
demo-step-callback-text = Die App prüft, dass state von ihr stammt und iss den gefragten Server nennt. Der Code gilt eine Minute und nur einmal.
demo-step-token-title = Die App tauscht den Code ein
demo-step-token-text = Von Server zu Server, mit dem PKCE-Verifier: Wer den Code gestohlen hätte, könnte ihn nicht nutzen.
demo-step-id-token-title = Die App prüft das ID Token
demo-step-id-token-text = Signatur anhand der veröffentlichten Schlüssel, Aussteller, Empfänger, Ablauf und nonce. Jetzt weiß die App, wer angemeldet ist.
demo-step-userinfo-title = Die App fragt nach weiteren Angaben zur Person
demo-step-userinfo-text = Mit dem Access Token liest sie die Angaben, die ihre Scopes erlauben.
demo-step-refresh-title = Die App erneuert ihre Token
demo-step-refresh-text = Das Refresh Token wird bei jeder Nutzung ersetzt; wird ein älteres noch einmal verwendet, endet die ganze Freigabe.
demo-step-introspect-title = Die App fragt, ob das Token noch gilt
demo-step-introspect-text = Eine API kann dasselbe mit einem Token tun, das sie erhalten hat.
demo-step-revoke-title = Die App gibt ihr Token zurück
demo-step-revoke-text = Danach wird weder das Refresh Token noch etwas anderes aus derselben Freigabe angenommen.
demo-step-discovery-title = Die App liest, was der Server über sich sagt
demo-step-discovery-text = Das Discovery-Dokument nennt alle Adressen und was der Server kann. Der App wurde nur der Aussteller genannt.
demo-step-keys-title = Die App holt die Schlüssel des Servers
demo-step-keys-text = Die öffentlichen Schlüssel, mit denen ID Token geprüft werden. Sie wechseln von Zeit zu Zeit; eine App liest sie und baut sie nicht ein.
demo-step-logout-title = Die App meldet die Person beim Server ab
demo-step-logout-text = Sie schickt den Browser mit dem ID Token als Hinweis, damit der Server nicht nachfragen muss, und mit einer Adresse zum Zurückkommen.
demo-step-logged-out-title = Der Browser ist zurück, abgemeldet
demo-step-logged-out-text = Der state ist der, den die App gesendet hat. Sie vergisst ihre Token; die gemeinsame Sitzung beim Server ist beendet.
demo-step-error-title = Der Server hat abgelehnt
demo-step-error-text = Die Antwort nennt den Fehler und, wo es hilft, mehr dazu.

-brand = Doorward
