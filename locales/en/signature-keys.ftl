# Keys that sign people in, in the account area.

account-nav-keys = Signature keys
account-keys-title = Signature keys
account-keys-text = A key that you hold signs you in: in a command-line tool, a script of yours or a wallet. Only its public half is known here.
account-keys-none = You have no keys yet.
account-keys-created = Added
account-keys-used = last used
account-keys-never-used = not used yet
account-keys-rename = Rename
account-keys-rename-save = Save
account-keys-remove = Remove
account-keys-remove-question = It does not sign you in any more. Tools that use it stop working.
account-keys-remove-confirm = Remove key
account-keys-add = Add a key
account-keys-add-text = Ed25519 or secp256k1. On the next page the key signs a line of text, to show that it is yours.
account-keys-public-key = Public key
account-keys-public-key-hint = In hexadecimal, base64url, or PEM as OpenSSL writes it. Never the private key.
account-keys-name = Name
account-keys-name-hint = So that you know it again, for example “Laptop”
account-keys-add-submit = Continue
account-keys-cancel = Cancel
account-keys-prove-title = Sign with the new key
account-keys-prove-text = { $minutes ->
    [one] Sign this line with the private key within one minute, exactly as it stands, without a line break at its end.
   *[other] Sign this line with the private key within { $minutes } minutes, exactly as it stands, without a line break at its end.
}
account-keys-message = Text to sign
account-keys-how = How to sign it on a command line
account-keys-how-text = Save the line as message.txt without a line break at its end (printf %s does), then let OpenSSL sign it.
account-keys-signature = Signature
account-keys-signature-hint = In base64 or hexadecimal
account-keys-prove-submit = Add key
account-keys-error-key = This is not a public key of Ed25519 or secp256k1.
account-keys-error-name = At most 60 characters.
account-keys-error-too-many = There are 20 keys already. Remove one before you add another.
account-keys-error-signature = This key did not sign this very text. Was there a line break at its end?
account-keys-error-over = The text to sign had run out. Please start again.
account-keys-error-taken = This key belongs to an account already.
account-keys-error-needed = This key is your only way in. Add another way before you remove it.
account-saved-key-added = The key was added.
account-saved-key-renamed = The name was changed.
account-saved-key-removed = The key was removed.
event-signature-key-added = A signature key was added
event-signature-key-renamed = A signature key was renamed
event-signature-key-removed = A signature key was removed
