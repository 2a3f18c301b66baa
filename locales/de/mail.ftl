# Jede E-Mail. Im Betreff steht nichts, was ein Mensch eingegeben hat.

mail-hello = Guten Tag { $name },
mail-hello-nobody = Guten Tag,
mail-foot = Gesendet von { $product } auf { $host }. Antworten an diese Adresse liest niemand.
mail-link-copy = Falls die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:

## Adresse bestätigen

mail-verify-email-subject = Bestätigen Sie Ihre E-Mail-Adresse
mail-verify-email-text = Bitte bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört.
mail-verify-email-button = Adresse bestätigen
mail-verify-email-good = { $hours ->
    [one] Der Link gilt einmal und { $hours } Stunde lang.
   *[other] Der Link gilt einmal und { $hours } Stunden lang.
  }
mail-verify-email-ignore = Falls Sie das nicht erwartet haben, ignorieren Sie diese Mail: Ohne Ihre Bestätigung geschieht nichts.

## Neues Passwort

mail-reset-password-subject = Neues Passwort festlegen
mail-reset-password-text = Jemand, hoffentlich Sie, hat ein neues Passwort für Ihr Konto angefordert. Legen Sie es hier fest:
mail-reset-password-button = Neues Passwort festlegen
mail-reset-password-good = { $minutes ->
    [one] Der Link gilt einmal und { $minutes } Minute lang.
   *[other] Der Link gilt einmal und { $minutes } Minuten lang.
  }
mail-reset-password-ignore = Falls Sie das nicht waren, ignorieren Sie diese Mail: Ihr Passwort bleibt, wie es ist.

## Anmeldung mit einer Adresse, die schon ein Konto hat

mail-account-exists-subject = Sie haben bereits ein Konto
mail-account-exists-text = Jemand, vermutlich Sie, wollte mit dieser E-Mail-Adresse ein Konto anlegen. Es gibt bereits eines: Melden Sie sich damit an.
mail-account-exists-button = Anmelden
mail-account-exists-reset = Falls Sie Ihr Passwort vergessen haben, legen Sie hier ein neues fest:
mail-account-exists-ignore = Falls Sie das nicht waren, ignorieren Sie diese Mail: Es wurde nichts geändert.

## Anmelden per E-Mail

mail-magic-link-subject = Ihr Link zum Anmelden
mail-magic-link-text = Öffnen Sie diesen Link in dem Browser, in dem Sie ihn angefordert haben, und Sie sind angemeldet:
mail-magic-link-text-app = Öffnen Sie diesen Link in dem Browser, in dem Sie ihn angefordert haben, und Sie sind bei { $app } angemeldet:
mail-magic-link-button = Anmelden
mail-magic-link-code = Oder geben Sie diesen Code auf der Seite ein, die darauf wartet:
mail-magic-link-good = { $minutes ->
    [one] Link und Code gelten einmal und { $minutes } Minute lang.
   *[other] Link und Code gelten einmal und { $minutes } Minuten lang.
  }
mail-magic-link-ignore = Sagen Sie diesen Code niemandem, wer auch immer danach fragt. Falls Sie diese Mail nicht angefordert haben, ignorieren Sie sie.

## Einladung

mail-invitation-subject = Sie sind eingeladen
mail-invitation-text = Sie sind eingeladen, ein Konto anzulegen. Nehmen Sie hier an:
mail-invitation-button = Einladung annehmen
mail-invitation-good = { $days ->
    [one] Der Link gilt einmal und { $days } Tag lang.
   *[other] Der Link gilt einmal und { $days } Tage lang.
  }
mail-invitation-ignore = Falls Sie das nicht erwartet haben, ignorieren Sie diese Mail: Ohne Sie wird kein Konto angelegt.

## Gesperrt

mail-account-locked-subject = Ihr Konto ist gesperrt
mail-account-locked-text = Sie haben angegeben, dass eine Änderung an Ihrem Konto nicht von Ihnen stammt. Es ist jetzt gesperrt: Niemand kann sich anmelden, und alle Browser und Apps sind abgemeldet. Legen Sie ein neues Passwort fest, um es wieder zu öffnen:
mail-account-locked-button = Neues Passwort festlegen
mail-account-locked-good = { $minutes ->
    [one] Der Link gilt einmal und { $minutes } Minute lang. Danach fordern Sie auf der Anmeldeseite einen neuen an.
   *[other] Der Link gilt einmal und { $minutes } Minuten lang. Danach fordern Sie auf der Anmeldeseite einen neuen an.
  }
mail-account-locked-ignore = Wenn Sie wieder angemeldet sind, sehen Sie die Anmeldewege, E-Mail-Adressen und verknüpften Konten durch und entfernen Sie, was nicht von Ihnen ist.

## Etwas wurde geändert

mail-notice-about = Was
mail-notice-at = Wann
mail-notice-place = Von
mail-notice-you = Wenn Sie das waren, ist nichts zu tun.
mail-notice-not-you = Wenn nicht, sperren Sie Ihr Konto sofort; dann kommt niemand hinein, bis Sie ein neues Passwort festgelegt haben:
mail-notice-button = Das war ich nicht

mail-notice-password-changed-subject = Ihr Passwort wurde geändert
mail-notice-password-changed-text = Das Passwort Ihres Kontos wurde geändert.
mail-notice-email-added-subject = Ihrem Konto wurde eine E-Mail-Adresse hinzugefügt
mail-notice-email-added-text = Ihrem Konto wurde eine E-Mail-Adresse hinzugefügt.
mail-notice-email-removed-subject = Aus Ihrem Konto wurde eine E-Mail-Adresse entfernt
mail-notice-email-removed-text = Aus Ihrem Konto wurde eine E-Mail-Adresse entfernt.
mail-notice-email-primary-subject = Ihr Konto hat eine andere Haupt-E-Mail-Adresse
mail-notice-email-primary-text = Eine andere E-Mail-Adresse ist jetzt die Hauptadresse Ihres Kontos.
mail-notice-username-changed-subject = Ihr Benutzername wurde geändert
mail-notice-username-changed-text = Der Benutzername Ihres Kontos wurde geändert.
mail-notice-passkey-added-subject = Ihrem Konto wurde ein Passkey hinzugefügt
mail-notice-passkey-added-text = Ihrem Konto wurde ein Passkey hinzugefügt. Wer ihn hat, kann sich anmelden.
mail-notice-passkey-removed-subject = Aus Ihrem Konto wurde ein Passkey entfernt
mail-notice-passkey-removed-text = Aus Ihrem Konto wurde ein Passkey entfernt.
mail-notice-passkey-suspected-subject = Ein Passkey Ihres Kontos wurde vielleicht kopiert
mail-notice-passkey-suspected-text = Ein Passkey Ihres Kontos hat rückwärts gezählt: Vielleicht benutzen zwei Geräte Kopien davon. Er wurde abgelehnt. Entfernen Sie ihn aus Ihrem Konto und fügen Sie einen neuen hinzu.
mail-notice-totp-added-subject = Ihrem Konto wurde eine Authenticator-App hinzugefügt
mail-notice-totp-added-text = Ihrem Konto wurde eine Authenticator-App hinzugefügt. Von jetzt an wird beim Anmelden nach ihren Codes gefragt.
mail-notice-totp-removed-subject = Die Authenticator-App wurde aus Ihrem Konto entfernt
mail-notice-totp-removed-text = Die Authenticator-App wurde aus Ihrem Konto entfernt. Nach ihren Codes wird nicht mehr gefragt.
mail-notice-recovery-codes-made-subject = Für Ihr Konto wurden neue Wiederherstellungscodes erzeugt
mail-notice-recovery-codes-made-text = Für Ihr Konto wurden neue Wiederherstellungscodes erzeugt. Frühere gelten nicht mehr.
mail-notice-recovery-code-used-subject = Ein Wiederherstellungscode wurde zum Anmelden benutzt
mail-notice-recovery-code-used-text = Einer Ihrer Wiederherstellungscodes wurde benutzt, um sich bei Ihrem Konto anzumelden. Er gilt kein zweites Mal.
mail-notice-signature-key-added-subject = Ihrem Konto wurde ein Schlüssel hinzugefügt
mail-notice-signature-key-added-text = Ihrem Konto wurde ein Schlüssel hinzugefügt, mit dem man sich anmelden kann.
mail-notice-signature-key-removed-subject = Aus Ihrem Konto wurde ein Schlüssel entfernt
mail-notice-signature-key-removed-text = Aus Ihrem Konto wurde ein Schlüssel entfernt, mit dem man sich anmelden konnte.
mail-notice-upstream-linked-subject = Mit Ihrem Konto wurde ein weiteres verknüpft
mail-notice-upstream-linked-text = Ein Konto bei einem anderen Anbieter wurde mit Ihrem verknüpft. Wer es hat, kann sich anmelden.
mail-notice-upstream-unlinked-subject = Eine Verknüpfung Ihres Kontos wurde entfernt
mail-notice-upstream-unlinked-text = Ein Konto bei einem anderen Anbieter war mit Ihrem verknüpft und wurde entfernt. Man kann sich damit nicht mehr anmelden.
mail-notice-new-browser-subject = Ein neuer Browser hat sich bei Ihrem Konto angemeldet
mail-notice-new-browser-text = Ein Browser, den wir noch nicht kannten, hat sich bei Ihrem Konto angemeldet.

## Die Mails von `doorward dev`

dev-mail-title = E-Mails
dev-mail-text = Es ist kein Mailserver eingestellt, deshalb landet jede Mail hier, die neueste zuerst. Diese Seite gehört nur zu doorward dev.
dev-mail-server = Ein Mailserver ist eingestellt (mail.smtp_url), deshalb gehen die Mails dorthin.
dev-mail-none = Es gibt noch keine Mail.
dev-mail-to = An
dev-mail-at = Geschrieben
dev-mail-html = Wie ein Mailprogramm sie zeigt
