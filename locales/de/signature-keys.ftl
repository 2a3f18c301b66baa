# Schlüssel, die Menschen anmelden, im Kontobereich.

account-nav-keys = Signaturschlüssel
account-keys-title = Signaturschlüssel
account-keys-text = Ein Schlüssel, den Sie besitzen, meldet Sie an: in einem Kommandozeilenprogramm, einem eigenen Skript oder einer Wallet. Bekannt ist hier nur seine öffentliche Hälfte.
account-keys-none = Sie haben noch keine Schlüssel.
account-keys-created = Hinzugefügt
account-keys-used = zuletzt benutzt
account-keys-never-used = noch nicht benutzt
account-keys-rename = Umbenennen
account-keys-rename-save = Speichern
account-keys-remove = Entfernen
account-keys-remove-question = Er meldet Sie dann nicht mehr an. Programme, die ihn benutzen, funktionieren nicht mehr.
account-keys-remove-confirm = Schlüssel entfernen
account-keys-add = Schlüssel hinzufügen
account-keys-add-text = Ed25519 oder secp256k1. Auf der nächsten Seite unterschreibt der Schlüssel eine Textzeile und zeigt so, dass er Ihnen gehört.
account-keys-public-key = Öffentlicher Schlüssel
account-keys-public-key-hint = Hexadezimal, als base64url oder als PEM, wie OpenSSL es schreibt. Nie der private Schlüssel.
account-keys-name = Name
account-keys-name-hint = Damit Sie ihn wiedererkennen, zum Beispiel „Laptop“
account-keys-add-submit = Weiter
account-keys-cancel = Abbrechen
account-keys-prove-title = Mit dem neuen Schlüssel unterschreiben
account-keys-prove-text = { $minutes ->
    [one] Unterschreiben Sie diese Zeile innerhalb einer Minute mit dem privaten Schlüssel, genau wie sie dasteht, ohne Zeilenumbruch am Ende.
   *[other] Unterschreiben Sie diese Zeile innerhalb von { $minutes } Minuten mit dem privaten Schlüssel, genau wie sie dasteht, ohne Zeilenumbruch am Ende.
}
account-keys-message = Zu unterschreibender Text
account-keys-how = So unterschreiben Sie auf der Kommandozeile
account-keys-how-text = Speichern Sie die Zeile ohne Zeilenumbruch am Ende als message.txt (mit printf %s), und lassen Sie OpenSSL sie unterschreiben.
account-keys-signature = Unterschrift
account-keys-signature-hint = In base64 oder hexadezimal
account-keys-prove-submit = Schlüssel hinzufügen
account-keys-error-key = Das ist kein öffentlicher Schlüssel von Ed25519 oder secp256k1.
account-keys-error-name = Höchstens 60 Zeichen.
account-keys-error-too-many = Es gibt schon 20 Schlüssel. Entfernen Sie einen, bevor Sie einen weiteren hinzufügen.
account-keys-error-signature = Dieser Schlüssel hat genau diesen Text nicht unterschrieben. War am Ende ein Zeilenumbruch?
account-keys-error-over = Der Text war nicht mehr gültig. Bitte beginnen Sie noch einmal.
account-keys-error-taken = Dieser Schlüssel gehört schon zu einem Konto.
account-keys-error-needed = Dieser Schlüssel ist Ihr einziger Zugang. Fügen Sie einen anderen hinzu, bevor Sie ihn entfernen.
account-saved-key-added = Der Schlüssel wurde hinzugefügt.
account-saved-key-renamed = Der Name wurde geändert.
account-saved-key-removed = Der Schlüssel wurde entfernt.
event-signature-key-added = Ein Signaturschlüssel wurde hinzugefügt
event-signature-key-renamed = Ein Signaturschlüssel wurde umbenannt
event-signature-key-removed = Ein Signaturschlüssel wurde entfernt
