# Passkeys: bei der Anmeldung und im Kontobereich.

passkey-use = Mit einem Passkey anmelden
passkey-use-second = Mit einem Passkey bestätigen
passkey-add = Passkey hinzufügen
passkey-name = Name
passkey-name-hint = Damit Sie ihn wiedererkennen, zum Beispiel „Mein Telefon“

passkey-note-cancelled = Es wurde nichts gesendet: Der Vorgang wurde abgebrochen, oder dieses Gerät hat keinen Passkey für diese Seite.
passkey-note-not-added = Es wurde kein Passkey hinzugefügt: Der Vorgang wurde abgebrochen, oder dieses Gerät erlaubt es nicht.
passkey-note-expired = Diese Seite war zu lange geöffnet. Laden Sie sie neu.
passkey-note-failed = Der Browser hat hier keinen Passkey zugelassen.
passkey-note-unsupported = Dieser Browser kennt keine Passkeys, oder Skripte sind in ihm abgeschaltet.

passkey-error-over = Die Anfrage nach dem Passkey war abgelaufen. Bitte versuchen Sie es noch einmal.
passkey-error-unknown = Dieser Passkey ist hier nicht bekannt. Vielleicht wurde er aus dem Konto entfernt.
passkey-error-known = Auf diesem Gerät oder in diesem Passwortmanager gibt es schon einen Passkey dieses Kontos.
passkey-error-too-many = Es gibt schon 20 Passkeys. Entfernen Sie einen, bevor Sie einen weiteren hinzufügen.
passkey-error-unverified = Ihr Gerät hat nicht geprüft, dass Sie es sind. Entsperren Sie es mit Finger, Gesicht oder PIN.
passkey-error-refused = Dieser Passkey konnte nicht angenommen werden. Bitte versuchen Sie es noch einmal, oder melden Sie sich anders an.
passkey-error-not-added = Dieser Passkey konnte nicht angenommen werden. Bitte versuchen Sie es noch einmal, oder nehmen Sie ein anderes Gerät.

account-nav-passkeys = Passkeys
account-passkeys-title = Passkeys
account-passkeys-text = Melden Sie sich mit Finger, Gesicht oder der PIN Ihres Geräts an, statt mit einem Passwort. Ein Passkey funktioniert nur unter dieser Adresse, niemand kann ihn Ihnen anderswo entlocken.
account-passkeys-empty = Sie haben noch keine Passkeys.
account-passkeys-add = Passkey hinzufügen
account-passkeys-created = Hinzugefügt
account-passkeys-used = Zuletzt benutzt
account-passkeys-never-used = Noch nicht benutzt
account-passkeys-rename = Umbenennen
account-passkeys-rename-save = Speichern
account-passkeys-remove = Entfernen
account-passkeys-remove-question = „{ $name }“ entfernen? Damit können Sie sich dann nicht mehr anmelden. Löschen Sie ihn auch auf Ihrem Gerät oder in Ihrem Passwortmanager.
account-passkeys-remove-confirm = Passkey entfernen
account-passkeys-error-name = Höchstens 60 Zeichen.
account-passkeys-error-needed = Dieser Passkey wird gebraucht: Er ist Ihr einziger Weg hinein, oder Ihr letzter zweiter Faktor, während einer verlangt ist.
account-saved-passkey-added = Der Passkey wurde hinzugefügt.
account-saved-passkey-renamed = Der Name wurde geändert.
account-saved-passkey-removed = Der Passkey wurde entfernt.

event-passkey-added = Passkey hinzugefügt
event-passkey-renamed = Passkey umbenannt
event-passkey-removed = Passkey entfernt
event-passkey-copy-suspected = Ein Passkey hat rückwärts gezählt und wurde abgelehnt: Vielleicht wurde er kopiert
event-reason-passkey = Ein Passkey wurde nicht angenommen
