# The sign-in page beyond the password.

login-recover = Passwort vergessen?
login-other-name = Nicht Sie?
login-or = oder
login-way-mail = Anmeldelink per E-Mail erhalten
login-way-upstream = Weiter mit { $provider }
login-last-used = Zuletzt benutzt
login-new = Neu hier?
login-register = Konto anlegen
login-choose = Hier ist schon jemand angemeldet

error-account-closed-title = Dieses Konto kann nicht benutzt werden
error-account-closed-text = Sie haben sich ausgewiesen, aber das Konto wurde abgeschaltet oder gesperrt.
error-account-closed-remedy = Haben Sie es selbst gesperrt, benutzen Sie den Link in der E-Mail dazu. Sonst fragen Sie, wer diesen Dienst betreibt.
