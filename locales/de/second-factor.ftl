# The second factor: showing it, setting it up, and its page in the account area.

second-title = Noch ein Schritt
second-lead-app = Geben Sie den Code ein, den Ihre Authenticator-App jetzt zeigt.
second-lead-recovery = Geben Sie einen der Wiederherstellungscodes ein, die Sie aufbewahrt haben. Jeder gilt einmal.
second-lead-passkey = Benutzen Sie Ihren Passkey, um weiterzugehen.
second-code = Code aus der App
second-recovery = Wiederherstellungscode
second-trust = { $days ->
    [one] In diesem Browser { $days } Tag lang nicht mehr fragen
   *[other] In diesem Browser { $days } Tage lang nicht mehr fragen
}
second-other-person = Als jemand anderes anmelden
second-use-recovery = Wiederherstellungscode benutzen
second-use-other = Meinen anderen Weg benutzen
second-error-missing = Geben Sie den Code ein.
second-error-code = Dieser Code stimmt nicht oder wurde schon benutzt. Warten Sie auf den nächsten.
second-error-recovery = Dieser Code stimmt nicht oder wurde schon benutzt.
second-error-enrol = Das ist nicht der Code zu diesem Schlüssel. Prüfen Sie die Uhr Ihres Geräts und versuchen Sie es noch einmal.

second-left-title = Sie haben einen Wiederherstellungscode benutzt
second-left-text = { $left ->
    [0] Es war Ihr letzter.
    [one] Sie haben noch { $left }.
   *[other] Sie haben noch { $left }.
}
second-left-remedy = Haben Sie Ihre Authenticator-App nicht mehr, richten Sie sie neu ein und erzeugen Sie neue Wiederherstellungscodes.
second-left-account = Zweiten Schritt neu einrichten

enrol-title = Zweiten Schritt einrichten
enrol-lead = Dieser Dienst verlangt zu Ihrer Anmeldung einen Code aus einer Authenticator-App.
enrol-step-app = Öffnen Sie auf Ihrem Telefon eine Authenticator-App, oder installieren Sie eine.
enrol-step-scan = Fügen Sie dort ein Konto hinzu, indem Sie dieses Bild scannen.
enrol-step-code = Geben Sie den Code ein, den die App zeigt.
enrol-qr = QR-Code für die Authenticator-App
enrol-open-app = Die App ist auf diesem Gerät: öffnen
enrol-by-hand = Schlüssel stattdessen eintippen
enrol-code = Code aus der App
enrol-done-title = Ihr zweiter Schritt ist eingerichtet
enrol-done-codes = Bewahren Sie diese Wiederherstellungscodes sicher auf. Mit jedem kommen Sie einmal hinein, wenn Sie Ihre App verlieren. Sie werden nicht noch einmal gezeigt.
enrol-done-text = Ab jetzt werden Sie bei der Anmeldung nach einem Code Ihrer App gefragt.
enrol-done-kept = Ich habe sie aufbewahrt, weiter

account-nav-second-factor = Zweiter Schritt
account-second-title = Zweiter Schritt bei der Anmeldung
account-second-text = Ein Code aus einer App auf Ihrem Telefon, zusätzlich zum Passwort. Wer Ihr Passwort erfährt, kommt ohne ihn nicht hinein.
account-second-app-title = Authenticator-App
account-second-app-on = In Gebrauch
account-second-app-since = Eingerichtet
account-second-app-used = Zuletzt benutzt
account-second-app-never = noch nicht
account-second-app-off = Sie haben keine Authenticator-App eingerichtet.
account-second-app-add = App einrichten
account-second-app-remove = App entfernen
account-second-app-remove-text = Sie melden sich dann ohne diesen zweiten Schritt an. Wiederherstellungscodes und vertraute Browser enden mit dem letzten zweiten Schritt.
account-second-app-required = Für Ihr Konto ist ein zweiter Schritt vorgeschrieben. Richten Sie einen Passkey ein, bevor Sie die App entfernen.
account-second-setup-title = Authenticator-App einrichten
account-second-setup-submit = Einrichten
account-second-codes-title = Wiederherstellungscodes
account-second-codes-left = { $left ->
    [0] Sie haben keine mehr. Erzeugen Sie neue, damit Sie hineinkommen, wenn Sie Ihren zweiten Schritt verlieren.
    [one] Sie haben noch { $left }.
   *[other] Sie haben noch { $left }.
}
account-second-codes-none = Mit ihnen kommen Sie hinein, wenn Sie Ihren zweiten Schritt verlieren. Richten Sie erst diesen ein.
account-second-codes-make = Neue Codes erzeugen
account-second-codes-make-text = Die alten enden damit.
account-second-codes-shown-title = Ihre neuen Wiederherstellungscodes
account-second-codes-shown-back = Ich habe sie aufbewahrt
account-second-devices-title = Vertraute Browser
account-second-devices-text = Sie werden bei der Anmeldung nicht nach dem zweiten Schritt gefragt.
account-second-devices-none = Sie vertrauen keinem Browser.
account-second-devices-this = Dieser Browser
account-second-devices-since = Vertraut
account-second-devices-ends = endet
account-second-devices-forget = Vergessen
account-second-devices-forget-all = Alle vergessen
account-saved-app-added = Die Authenticator-App ist eingerichtet.
account-saved-app-removed = Die Authenticator-App ist entfernt.
account-saved-device-forgotten = Diesem Browser wird nicht mehr vertraut.
account-saved-devices-forgotten = Keinem Browser wird mehr vertraut.

error-second-factor-required-title = Der letzte zweite Schritt bleibt
error-second-factor-required-text = Für Ihr Konto ist ein zweiter Schritt vorgeschrieben, und Sie haben nur diesen.
error-second-factor-required-remedy = Richten Sie erst einen anderen ein.

event-totp-added = Authenticator-App eingerichtet
event-totp-removed = Authenticator-App entfernt
event-recovery-codes-made = Wiederherstellungscodes erzeugt
event-recovery-codes-used = Wiederherstellungscode benutzt
event-device-trusted = Browser vertraut
event-device-forgotten = Browser nicht mehr vertraut
event-second-factors-reset = Alle zweiten Schritte vom Betreiber entfernt
event-reason-wrong-code = Jemand hat einen falschen Code des zweiten Schritts versucht
event-reason-wrong-recovery-code = Jemand hat einen falschen Wiederherstellungscode versucht
mail-notice-second-factors-reset-subject = Die zweiten Schritte Ihres Kontos wurden entfernt
mail-notice-second-factors-reset-text = Der Betreiber dieses Dienstes hat Authenticator-App, Passkeys und Wiederherstellungscodes aus Ihrem Konto entfernt und Sie überall abgemeldet.
