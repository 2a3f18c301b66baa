# The second factor: showing it, setting it up, and its page in the account area.

second-title = One more step
second-lead-app = Enter the code that your authenticator app shows now.
second-lead-recovery = Enter one of the recovery codes that you kept. Each works once.
second-lead-passkey = Use your passkey to go on.
second-code = Code from the app
second-recovery = Recovery code
second-trust = { $days ->
    [one] Do not ask again in this browser for { $days } day
   *[other] Do not ask again in this browser for { $days } days
}
second-other-person = Sign in as someone else
second-use-recovery = Use a recovery code
second-use-other = Use my other way
second-error-missing = Enter the code.
second-error-code = This code is not right, or was used already. Wait for the next one.
second-error-recovery = This code is not right, or was used already.
second-error-enrol = This is not the code of this secret. Check the clock of your device and try again.

second-left-title = You used a recovery code
second-left-text = { $left ->
    [0] It was your last one.
    [one] You have { $left } left.
   *[other] You have { $left } left.
}
second-left-remedy = If you no longer have your authenticator app, set it up anew, and make new recovery codes.
second-left-account = Set up the second step anew

enrol-title = Set up a second step
enrol-lead = This service asks for a code of an authenticator app besides your sign-in.
enrol-step-app = Open an authenticator app on your phone, or install one.
enrol-step-scan = Add an account there by scanning this picture.
enrol-step-code = Enter the code that the app shows.
enrol-qr = QR code for the authenticator app
enrol-open-app = The app is on this device: open it
enrol-by-hand = Type the secret instead
enrol-code = Code from the app
enrol-done-title = Your second step is set up
enrol-done-codes = Keep these recovery codes in a safe place. Each one lets you in once if you lose your app. They are not shown again.
enrol-done-text = From now on you are asked for a code of your app when you sign in.
enrol-done-kept = I have kept them, continue

account-nav-second-factor = Second step
account-second-title = Second step at sign-in
account-second-text = A code from an app on your phone, besides your password. Whoever learns your password cannot get in without it.
account-second-app-title = Authenticator app
account-second-app-on = In use
account-second-app-since = Set up
account-second-app-used = Last used
account-second-app-never = not yet
account-second-app-off = You have not set up an authenticator app.
account-second-app-add = Set up an app
account-second-app-remove = Remove the app
account-second-app-remove-text = You will sign in without this second step. Your recovery codes and trusted browsers end with the last second step.
account-second-app-required = A second step is required for your account. Set up a passkey before you remove the app.
account-second-setup-title = Set up an authenticator app
account-second-setup-submit = Set up
account-second-codes-title = Recovery codes
account-second-codes-left = { $left ->
    [0] You have none left. Make new ones, so that you can get in if you lose your second step.
    [one] You have { $left } left.
   *[other] You have { $left } left.
}
account-second-codes-none = They let you in if you lose your second step. Set that up first.
account-second-codes-make = Make new codes
account-second-codes-make-text = The old ones end.
account-second-codes-shown-title = Your new recovery codes
account-second-codes-shown-back = I have kept them
account-second-devices-title = Trusted browsers
account-second-devices-text = They are not asked for the second step at sign-in.
account-second-devices-none = You trust no browser.
account-second-devices-this = This browser
account-second-devices-since = Trusted
account-second-devices-ends = ends
account-second-devices-forget = Forget
account-second-devices-forget-all = Forget all
account-saved-app-added = The authenticator app is set up.
account-saved-app-removed = The authenticator app is removed.
account-saved-device-forgotten = That browser is no longer trusted.
account-saved-devices-forgotten = No browser is trusted any more.

error-second-factor-required-title = The last second step stays
error-second-factor-required-text = A second step is required for your account, and this is the only one you have.
error-second-factor-required-remedy = Set up another one first.

event-totp-added = Authenticator app set up
event-totp-removed = Authenticator app removed
event-recovery-codes-made = Recovery codes made
event-recovery-codes-used = Recovery code used
event-device-trusted = Browser trusted
event-device-forgotten = Browser trusted no more
event-second-factors-reset = Every second step taken away by the operator
event-reason-wrong-code = Somebody tried a wrong code of the second step
event-reason-wrong-recovery-code = Somebody tried a wrong recovery code
mail-notice-second-factors-reset-subject = The second steps of your account were taken away
mail-notice-second-factors-reset-text = The people who run this service have taken your authenticator app, passkeys and recovery codes away from your account, and signed you out everywhere.
