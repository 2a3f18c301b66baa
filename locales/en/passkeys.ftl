# Passkeys: at the sign-in, and in the account area.

passkey-use = Sign in with a passkey
passkey-use-second = Confirm with a passkey
passkey-add = Add a passkey
passkey-name = Name
passkey-name-hint = So that you know it again, for example “My phone”

passkey-note-cancelled = Nothing was sent: it was cancelled, or this device has no passkey for this page.
passkey-note-not-added = No passkey was added: it was cancelled, or this device does not allow it.
passkey-note-expired = This page has been open too long. Load it again.
passkey-note-failed = The browser did not allow a passkey here.
passkey-note-unsupported = This browser has no passkeys, or scripts are switched off in it.

passkey-error-over = The request for the passkey had run out. Please try again.
passkey-error-unknown = This passkey is not known here. It may have been removed from the account.
passkey-error-known = A passkey of this account is on this device or in this password manager already.
passkey-error-too-many = There are 20 passkeys already. Remove one before you add another.
passkey-error-unverified = Your device did not check that it is you. Unlock it with your finger, face or PIN.
passkey-error-refused = This passkey could not be accepted. Please try again, or sign in another way.
passkey-error-not-added = This passkey could not be accepted. Please try again, or use another device.

account-nav-passkeys = Passkeys
account-passkeys-title = Passkeys
account-passkeys-text = Sign in with your finger, your face or the PIN of your device, instead of a password. A passkey works on this address only, so nobody can lure it out of you elsewhere.
account-passkeys-empty = You have no passkeys yet.
account-passkeys-add = Add a passkey
account-passkeys-created = Added
account-passkeys-used = Last used
account-passkeys-never-used = Not used yet
account-passkeys-rename = Rename
account-passkeys-rename-save = Save
account-passkeys-remove = Remove
account-passkeys-remove-question = Remove “{ $name }”? It does not sign you in any more. Delete it on your device or in your password manager as well.
account-passkeys-remove-confirm = Remove passkey
account-passkeys-error-name = At most 60 characters.
account-passkeys-error-needed = This passkey is needed: it is your only way in, or your last second factor while one is required.
account-saved-passkey-added = The passkey was added.
account-saved-passkey-renamed = The name was changed.
account-saved-passkey-removed = The passkey was removed.

event-passkey-added = Passkey added
event-passkey-renamed = Passkey renamed
event-passkey-removed = Passkey removed
event-passkey-copy-suspected = A passkey counted backwards and was refused: it may have been copied
event-reason-passkey = A passkey was not accepted
