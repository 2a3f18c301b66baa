# Wieder hineinkommen: ein neues Passwort, Anmelden per Mail und „Das war ich nicht“.

login-reason-reset = Ihr neues Passwort gilt. Melden Sie sich damit an.

recover-title = Neues Passwort setzen
recover-text = Sagen Sie uns, wer Sie sind, und wir schicken einen Link an die E-Mail-Adresse Ihres Kontos.
recover-submit = Link schicken
recover-error-missing = Bitte geben Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein.
recover-back = Zurück zur Anmeldung
recover-sent-title = Sehen Sie in Ihre Mail
recover-sent-text = { $minutes ->
    [one] Wenn es ein Konto gibt, ist eine Mail mit einem Link unterwegs. Der Link gilt { $minutes } Minute.
   *[other] Wenn es ein Konto gibt, ist eine Mail mit einem Link unterwegs. Der Link gilt { $minutes } Minuten.
  }
recover-sent-nothing = Es kommt nichts an? Sehen Sie im Spam-Ordner nach, prüfen Sie Ihre Eingabe, oder nehmen Sie die andere Adresse Ihres Kontos.
recover-again = Noch einmal versuchen

reset-title = Neues Passwort wählen
reset-password = Neues Passwort
reset-locked = Ihr Konto ist gesperrt. Das neue Passwort öffnet es wieder.
reset-sign-out = Überall sonst abmelden und zurücknehmen, was Apps dürfen
reset-submit = Passwort setzen

error-reset-over-title = Dieser Link gilt nicht mehr
error-reset-over-text = Er wurde schon benutzt, ist zu alt, oder es gibt einen neueren.
error-reset-over-remedy = Fordern Sie einen neuen an.
error-reset-over-again = Neuen Link anfordern

magic-title = Per Mail anmelden
magic-text = Wir schicken Ihnen einen Link und einen Code. Sie brauchen kein Passwort.
magic-address = Benutzername oder E-Mail
magic-submit = Mail schicken
magic-other = Andere Wege, sich anzumelden
magic-error-missing = Bitte geben Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein.
magic-sent-title = Sehen Sie in Ihre Mail
magic-sent-text = Wenn sich „{ $typed }“ hier anmelden kann, ist eine Mail unterwegs.
magic-sent-how = { $minutes ->
    [one] Öffnen Sie ihren Link in diesem Browser, oder geben Sie hier ihren Code ein. Beides gilt { $minutes } Minute.
   *[other] Öffnen Sie ihren Link in diesem Browser, oder geben Sie hier ihren Code ein. Beides gilt { $minutes } Minuten.
  }
magic-code = Sechsstelliger Code
magic-again = Noch eine Mail schicken
magic-error-missing-code = Bitte geben Sie den Code aus der Mail ein.
magic-error-code = Dieser Code stimmt nicht oder gilt nicht mehr. Nur die neueste Mail zählt.
magic-link-title = Anmelden?
magic-link-text = Sie haben diese Anmeldung vor einem Augenblick angefordert.

error-sign-in-link-over-title = Dieser Link gilt nicht mehr
error-sign-in-link-over-text = Er wurde schon benutzt, ist zu alt, oder es gibt eine neuere Mail.
error-sign-in-link-over-remedy = Fordern Sie auf der Anmeldeseite eine neue Mail an.
error-sign-in-link-elsewhere-title = Geben Sie stattdessen den Code ein
error-sign-in-link-elsewhere-text = Der Link gilt nur in dem Browser, in dem Sie ihn angefordert haben. Dort gilt er noch.
error-sign-in-link-elsewhere-remedy = Gehen Sie zurück zu jenem Browser und geben Sie den sechsstelligen Code aus der Mail ein. Wenn Sie ihn nicht angefordert haben, tun Sie nichts.

not-me-title = Ihr Konto sperren?
not-me-text = Wenn diese Änderung nicht von Ihnen war, sperren Sie das Konto jetzt:
not-me-sessions = Alle werden abgemeldet, auf jedem Gerät.
not-me-apps = Apps verlieren ihren Zugriff.
not-me-added = Adressen, Passkeys und andere Wege hinein, die seitdem dazukamen, zählen nicht mehr.
not-me-mail = Sie bekommen eine Mail mit einem Link, der ein neues Passwort setzt und das Konto wieder öffnet.
not-me-submit = Konto sperren
not-me-nothing = Wenn Sie es waren, ist nichts zu tun: Schließen Sie diese Seite.
not-me-done-title = Ihr Konto ist gesperrt
not-me-done-text = { $minutes ->
    [one] Niemand kann sich anmelden. Wir haben Ihnen eine Mail geschickt: Der Link darin setzt ein neues Passwort und öffnet das Konto wieder, innerhalb von { $minutes } Minute.
   *[other] Niemand kann sich anmelden. Wir haben Ihnen eine Mail geschickt: Der Link darin setzt ein neues Passwort und öffnet das Konto wieder, innerhalb von { $minutes } Minuten.
  }

error-not-me-over-title = Dieser Link gilt nicht mehr
error-not-me-over-text = Er wurde schon benutzt oder ist älter als eine Woche.
error-not-me-over-remedy = Setzen Sie auf der Anmeldeseite ein neues Passwort: Das meldet alle anderen ab. Wenn das nicht geht, fragen Sie die Betreiber dieses Dienstes.
