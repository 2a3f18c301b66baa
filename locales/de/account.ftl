# Der Kontobereich.

account-title = Ihr Konto
home-account = Ihr Konto
account-menu = Menü
save = Speichern
cancel = Abbrechen
remove = Entfernen

## Navigation

account-nav-overview = Übersicht
account-nav-profile = Profil
account-nav-emails = E-Mail-Adressen
account-nav-password = Passwort
account-nav-sessions = Geräte
account-nav-apps = Apps mit Zugriff
account-nav-activity = Aktivität
account-nav-language = Sprache
account-nav-data = Ihre Daten
account-nav-delete = Konto löschen

## Was gerade getan wurde

account-saved-repeat = Danke. Bitte machen Sie jetzt noch einmal, was Sie vorhatten.
account-saved-profile = Ihr Profil ist gespeichert.
account-saved-username = Sie haben einen neuen Benutzernamen.
account-saved-email-asked = Wir haben eine E-Mail gesendet. Die Adresse gehört zu Ihrem Konto, sobald der Link darin geöffnet wurde.
account-saved-email-primary = Apps erfahren jetzt diese Adresse.
account-saved-email-removed = Die Adresse ist entfernt.
account-saved-email-withdrawn = Der Link in der E-Mail gilt nicht mehr.
account-saved-password = Sie haben ein neues Passwort.
account-saved-session-ended = Das Gerät ist abgemeldet.
account-saved-sessions-ended = Alle anderen Geräte sind abgemeldet.
account-saved-app-revoked = Die App hat keinen Zugriff mehr.
account-saved-language = Ihre Sprache ist gespeichert.

## Zeitpunkte

time-now = gerade eben
time-minutes-ago = { $n ->
    [one] vor { $n } Minute
   *[other] vor { $n } Minuten
  }
time-in-minutes = { $n ->
    [one] in { $n } Minute
   *[other] in { $n } Minuten
  }
time-hours-ago = { $n ->
    [one] vor { $n } Stunde
   *[other] vor { $n } Stunden
  }
time-in-hours = { $n ->
    [one] in { $n } Stunde
   *[other] in { $n } Stunden
  }
time-days-ago = { $n ->
    [one] vor { $n } Tag
   *[other] vor { $n } Tagen
  }
time-in-days = { $n ->
    [one] in { $n } Tag
   *[other] in { $n } Tagen
  }
time-months-ago = { $n ->
    [one] vor { $n } Monat
   *[other] vor { $n } Monaten
  }
time-in-months = { $n ->
    [one] in { $n } Monat
   *[other] in { $n } Monaten
  }
time-years-ago = { $n ->
    [one] vor { $n } Jahr
   *[other] vor { $n } Jahren
  }
time-in-years = { $n ->
    [one] in { $n } Jahr
   *[other] in { $n } Jahren
  }

## Übersicht

account-overview-title = Ihr Konto
account-overview-text = Was diese Anmeldeseite über Sie weiß, und wer es nutzen darf.
account-overview-confirm = Ihre E-Mail-Adresse ist noch nicht bestätigt.
account-overview-guards = Wie Sie sich anmelden
account-guard-password-title = Passwort
account-guard-password = { $n ->
    [0] nicht gesetzt
   *[other] gesetzt
  }
account-guard-passkeys-title = Passkeys
account-guard-passkeys = { $n ->
    [0] noch keiner
   *[other] { $n }
  }
account-guard-second-factor-title = Authenticator-App
account-guard-second-factor = { $n ->
    [0] nicht eingerichtet
   *[other] eingerichtet
  }
account-overview-sessions = { $n ->
    [one] Sie sind nur auf diesem Gerät angemeldet.
   *[other] Sie sind auf { $n } Geräten angemeldet.
  }
account-overview-apps = { $n ->
    [0] Keine App hat Zugriff.
    [one] Eine App hat Zugriff.
   *[other] { $n } Apps haben Zugriff.
  }

## Profil

account-profile-title = Profil
account-profile-text = Apps, denen Sie Ihr Profil zeigen, erfahren, was hier steht. Nichts davon ist Pflicht.
account-profile-picture-hint = Die Adresse eines Bildes von Ihnen. Apps, die Ihr Profil sehen dürfen, zeigen es vielleicht.
account-profile-locale-hint = Zum Beispiel de-AT
account-profile-zoneinfo-hint = Zum Beispiel Europe/Berlin
claim-name = Vollständiger Name
claim-given_name = Vorname
claim-family_name = Nachname
claim-nickname = Spitzname
claim-picture = Bild
claim-website = Website
claim-locale = Sprache und Region
claim-zoneinfo = Zeitzone
claim-language = Sprache der Seiten und E-Mails
account-error-name-form = Bitte höchstens 200 gewöhnliche Zeichen.
account-error-given-name-form = Bitte höchstens 200 gewöhnliche Zeichen.
account-error-family-name-form = Bitte höchstens 200 gewöhnliche Zeichen.
account-error-nickname-form = Bitte höchstens 200 gewöhnliche Zeichen.
account-error-picture-form = Das ist keine Web-Adresse wie https://alice.example/ich.jpg.
account-error-website-form = Das ist keine Web-Adresse wie https://alice.example.
account-error-locale-form = Das ist kein Sprachkürzel wie de-AT.
account-error-zoneinfo-form = Das ist keine Zeitzone wie Europe/Berlin.
account-username-title = Benutzername
account-username-text = Damit melden Sie sich an. Apps können ihn anzeigen.
account-username-submit = Benutzernamen ändern
account-error-username-length = Bitte 1 bis 100 Zeichen.
account-error-username-characters = Bitte nur Buchstaben, Ziffern und . _ - + @.
account-error-username-scripts = Bitte Buchstaben nur einer Schrift: manche sehen in mehreren gleich aus.
account-error-username-id = Das sieht aus wie eine interne Kennung. Bitte wählen Sie anders.
account-error-username-address = Ein Benutzername mit @ muss eine Ihrer bestätigten Adressen sein.
account-error-username-taken = Dieser Benutzername ist vergeben.
account-error-username-throttled = Zu viele Versuche. Bitte warten Sie eine Stunde.

## E-Mail-Adressen

account-emails-title = E-Mail-Adressen
account-emails-text = Mit jeder bestätigten Adresse können Sie sich anmelden und Ihr Passwort zurücksetzen.
account-emails-primary = Hauptadresse
account-emails-unproved = Nicht bestätigt
account-emails-username = Ihr Benutzername
account-emails-asked = E-Mail gesendet
account-emails-asked-until = Der Link endet
account-emails-again = E-Mail noch einmal senden
account-emails-make-primary = Zur Hauptadresse machen
account-emails-remove-question = Sie können sich mit dieser Adresse nicht mehr anmelden, und E-Mails an sie öffnen Ihr Konto nicht mehr.
account-emails-remove-submit = Adresse entfernen
account-emails-add = Adresse hinzufügen
account-emails-add-text = Wir senden einen Link dorthin. Die Adresse gehört zu Ihrem Konto, sobald er geöffnet wurde.
account-emails-add-submit = Link senden
account-emails-error-form = Das ist keine E-Mail-Adresse.
account-emails-error-theirs = Sie haben diese Adresse schon.
account-emails-error-many = Höchstens { $most } Adressen sind möglich. Entfernen Sie zuerst eine.
account-emails-error-mails = An diese Adresse gingen zuletzt viele E-Mails. Bitte versuchen Sie es in einer Stunde wieder.
account-emails-error-asked = Sie haben zuletzt viele Adressen angegeben. Bitte versuchen Sie es in einer Stunde wieder.
account-emails-error-unproved = Bitte bestätigen Sie diese Adresse zuerst.
account-emails-error-primary = Das ist Ihre Hauptadresse. Machen Sie zuerst eine andere dazu.
account-emails-error-username = Diese Adresse ist Ihr Benutzername. Ändern Sie zuerst den.

## Passwort

account-password-title = Passwort ändern
account-password-first-title = Passwort setzen
account-password-text = Nehmen Sie eines, das Sie nirgends sonst verwenden; ein Passwort-Manager erzeugt und merkt es für Sie.
account-password-current = Jetziges Passwort
account-password-new = Neues Passwort
account-password-end-others = Alle anderen Geräte abmelden, und Apps, die dort verbunden wurden
account-password-submit = Passwort speichern
account-password-error-current = Das ist nicht Ihr jetziges Passwort.
account-password-error-current-missing = Bitte geben Sie Ihr jetziges Passwort ein.

## Geräte

account-sessions-title = Geräte
account-sessions-text = Browser, in denen Sie angemeldet sind. Wenn Sie einen nicht kennen, melden Sie ihn ab und ändern Sie Ihr Passwort.
account-sessions-this = Dieses Gerät
account-sessions-seen = benutzt
account-sessions-started = angemeldet
account-sessions-all-submit = Überall abmelden
account-sessions-others = Alle anderen Geräte
account-sessions-others-text = Meldet Sie überall ab außer hier. Dort verbundene Apps verlieren binnen Sekunden ihren Zugriff, außer denen, die verbunden bleiben dürfen.
account-sessions-others-submit = Alle anderen abmelden
session-name = { $browser } auf { $system }
session-name-unknown = Unbekannter Browser

## Apps

account-apps-title = Apps mit Zugriff
account-apps-text = Was diese Apps von Ihnen wissen und für Sie tun dürfen. Sie können es jederzeit zurücknehmen.
account-apps-none = Noch hat keine App Zugriff. Wenn Sie sich bei einer anmelden, steht sie hier.
account-apps-since = Seit
account-apps-used = zuletzt benutzt
account-apps-trusted = Gehört den Betreibern dieser Anmeldeseite: Sie fragt nicht um Erlaubnis.
account-apps-rights = Was sie sieht und tun darf
account-apps-sees = Sie sieht
account-apps-may = Sie darf
account-apps-revoke = Zugriff entziehen
account-apps-revoke-question = Die App ist binnen Sekunden abgemeldet und muss Sie erneut fragen.
account-apps-revoke-submit = Zugriff jetzt entziehen

## Aktivität

account-activity-title = Aktivität
account-activity-text = Was mit Ihrem Konto geschah, Neuestes zuerst. Wenn etwas nicht von Ihnen war, ändern Sie Ihr Passwort und melden Sie alle anderen Geräte ab.
account-activity-none = Hier ist nichts.
account-activity-pages = Seiten der Aktivität
account-activity-older = Ältere
account-activity-newest = Neueste
event-user-created = Konto angelegt
event-user-disabled = Konto abgeschaltet
event-user-enabled = Konto wieder eingeschaltet
event-user-removed = Konto gelöscht
event-user-renamed = Benutzername geändert
event-administrator-created = Wurde Administrator
event-password-changed = Passwort geändert
event-session-started = Angemeldet
event-session-started-again = Erneut bestätigt, dass Sie es sind
event-session-ended = Abgemeldet
event-consent-given = Zugriff erteilt an
event-consent-withdrawn = Zugriff entzogen:
event-grant-revoked = Zugriff beendet
event-grant-code-replayed = Ein Code wurde zweimal benutzt; der Zugriff wurde beendet
event-grant-refresh-replayed = Ein altes Token wurde noch einmal benutzt; der Zugriff wurde beendet
event-profile-changed = Profil geändert
event-email-asked = E-Mail-Adresse angefragt
event-email-primary = Hauptadresse geändert
event-email-removed = E-Mail-Adresse entfernt
event-data-exported = Daten heruntergeladen
event-refused = Abgewiesen
event-email-verified = E-Mail-Adresse bestätigt
event-email-withdrawn = Angefragte E-Mail-Adresse zurückgezogen
event-invitation-accepted = Einladung angenommen
event-invitation-made = Einladung ausgesprochen
event-invitation-removed = Einladung zurückgenommen
event-upstream-linked = Konto anderswo verknüpft
event-upstream-unlinked = Konto anderswo entfernt
event-user-locked = Konto gesperrt: „Das war ich nicht“
event-user-unlocked = Konto wieder offen
event-reason-wrong-password = Jemand hat ein falsches Passwort versucht
amr-pwd = Passwort
amr-email = E-Mail
amr-otp = Authenticator-App
amr-pop = Schlüssel
amr-fed = Konto anderswo

## Sprache

account-language-title = Sprache
account-language-text = In welcher Sprache Seiten und E-Mails kommen.
account-language-browser = Wie mein Browser es wünscht

## Ihre Daten

account-data-title = Ihre Daten herunterladen
account-data-text = Alles, was über Sie gespeichert ist, als eine JSON-Datei: Profil, Adressen, Geräte, Apps, die öffentlichen Teile Ihrer Schlüssel, und was geschehen ist.
account-data-secrets = Sie enthält kein Passwort und kein Geheimnis. Trotzdem handelt sie von Ihnen: Verwahren Sie sie gut.
account-data-submit = Herunterladen

## Das Ende des Kontos

account-delete-title = Konto löschen
account-delete-text = Das lässt sich nicht rückgängig machen.
account-delete-goes = Profil, Adressen, Passwort, Schlüssel und Geräte werden sofort entfernt.
account-delete-apps = Apps werden abgemeldet und kennen Sie hier nicht mehr. Was sie selbst gespeichert haben, bleibt bei ihnen.
account-delete-stays = Was geschah, bleibt eine Weile verzeichnet, unter einer Nummer und ohne Ihren Namen.
account-delete-data = Vielleicht möchten Sie zuerst eine Kopie:
account-delete-type = Tippen Sie zur Bestätigung { $username }
account-delete-error-username = Das ist nicht Ihr Benutzername.
account-delete-submit = Mein Konto löschen
account-delete-last = Sie sind der einzige Administrator. Machen Sie zuerst jemand anderen dazu, dann können Sie Ihr Konto löschen.
account-deleted-title = Ihr Konto ist gelöscht
account-deleted-text = Alles, was Ihres war, ist entfernt.

## Die E-Mail darüber

mail-account-deleted-subject = Ihr Konto wurde gelöscht
mail-account-deleted-text = Ihr Konto wurde gelöscht, wie auf seiner Seite verlangt. Alles, was Ihres war, ist entfernt.
mail-account-deleted-apps = Apps kennen Sie hier nicht mehr. Was sie selbst gespeichert haben, bleibt bei ihnen.
mail-account-deleted-not-you = Wenn Sie es nicht waren, sagen Sie es den Betreibern dieser Anmeldeseite:
