# Every mail. Subjects hold nothing that a user wrote.

mail-hello = Hello { $name },
mail-hello-nobody = Hello,
mail-foot = Sent by { $product } at { $host }. Nobody reads answers to this address.
mail-link-copy = If the button does not work, copy this address into your browser:

## Confirm an address

mail-verify-email-subject = Confirm your email address
mail-verify-email-text = Please confirm that this email address is yours.
mail-verify-email-button = Confirm the address
mail-verify-email-good = { $hours ->
    [one] The link works once and is good for { $hours } hour.
   *[other] The link works once and is good for { $hours } hours.
  }
mail-verify-email-ignore = If you did not expect this, ignore it: without your confirmation nothing happens.

## A new password

mail-reset-password-subject = Set a new password
mail-reset-password-text = Somebody, we hope you, asked for a new password for your account. Set it here:
mail-reset-password-button = Set a new password
mail-reset-password-good = { $minutes ->
    [one] The link works once and is good for { $minutes } minute.
   *[other] The link works once and is good for { $minutes } minutes.
  }
mail-reset-password-ignore = If it was not you, ignore this mail: your password stays as it is.

## Signed up with an address that has an account

mail-account-exists-subject = You have an account already
mail-account-exists-text = Somebody, we think you, wanted to make an account with this email address. There is one already: sign in with it.
mail-account-exists-button = Sign in
mail-account-exists-reset = If you have forgotten your password, set a new one here:
mail-account-exists-ignore = If it was not you, ignore this mail: nothing was changed.

## Signing in by mail

mail-magic-link-subject = Your sign-in link
mail-magic-link-text = Open this link in the browser in which you asked for it, and you are signed in:
mail-magic-link-text-app = Open this link in the browser in which you asked for it, and you are signed in to { $app }:
mail-magic-link-button = Sign in
mail-magic-link-code = Or type this code on the page that waits for it:
mail-magic-link-good = { $minutes ->
    [one] Link and code work once and are good for { $minutes } minute.
   *[other] Link and code work once and are good for { $minutes } minutes.
  }
mail-magic-link-ignore = Tell this code to nobody, whoever asks. If you did not ask for this mail, ignore it.

## An invitation

mail-invitation-subject = You are invited
mail-invitation-text = You are invited to make an account. Accept here:
mail-invitation-button = Accept the invitation
mail-invitation-good = { $days ->
    [one] The link works once and is good for { $days } day.
   *[other] The link works once and is good for { $days } days.
  }
mail-invitation-ignore = If you did not expect this, ignore it: no account is made without you.

## Locked by its owner

mail-account-locked-subject = Your account is locked
mail-account-locked-text = You said that a change to your account was not yours. It is locked now: nobody can sign in, and every browser and app is signed out. Set a new password to open it again:
mail-account-locked-button = Set a new password
mail-account-locked-good = { $minutes ->
    [one] The link works once and is good for { $minutes } minute. After that, ask for a new one on the sign-in page.
   *[other] The link works once and is good for { $minutes } minutes. After that, ask for a new one on the sign-in page.
  }
mail-account-locked-ignore = Once you are back, look at the ways to sign in, the email addresses and the linked accounts, and remove what is not yours.

## Something changed

mail-notice-about = What
mail-notice-at = When
mail-notice-place = From
mail-notice-you = If this was you, there is nothing to do.
mail-notice-not-you = If it was not you, lock your account at once; nobody gets in then until you have set a new password:
mail-notice-button = This was not me

mail-notice-password-changed-subject = Your password was changed
mail-notice-password-changed-text = The password of your account was changed.
mail-notice-email-added-subject = An email address was added to your account
mail-notice-email-added-text = An email address was added to your account.
mail-notice-email-removed-subject = An email address was removed from your account
mail-notice-email-removed-text = An email address was removed from your account.
mail-notice-email-primary-subject = Your account has another main email address
mail-notice-email-primary-text = Another email address is now the main one of your account.
mail-notice-username-changed-subject = Your username was changed
mail-notice-username-changed-text = The username of your account was changed.
mail-notice-passkey-added-subject = A passkey was added to your account
mail-notice-passkey-added-text = A passkey was added to your account. Whoever has it can sign in.
mail-notice-passkey-removed-subject = A passkey was removed from your account
mail-notice-passkey-removed-text = A passkey was removed from your account.
mail-notice-passkey-suspected-subject = A passkey of your account may have been copied
mail-notice-passkey-suspected-text = A passkey of your account counted backwards: two devices may be using copies of it. It was refused. Remove it from your account and add a new one.
mail-notice-totp-added-subject = An authenticator app was added to your account
mail-notice-totp-added-text = An authenticator app was added to your account. From now on its codes are asked for when you sign in.
mail-notice-totp-removed-subject = The authenticator app was removed from your account
mail-notice-totp-removed-text = The authenticator app was removed from your account. Its codes are no longer asked for.
mail-notice-recovery-codes-made-subject = New recovery codes were made for your account
mail-notice-recovery-codes-made-text = New recovery codes were made for your account. Earlier ones no longer work.
mail-notice-recovery-code-used-subject = A recovery code was used to sign in
mail-notice-recovery-code-used-text = One of your recovery codes was used to sign in to your account. It does not work again.
mail-notice-signature-key-added-subject = A key was added to your account
mail-notice-signature-key-added-text = A key that can sign in was added to your account.
mail-notice-signature-key-removed-subject = A key was removed from your account
mail-notice-signature-key-removed-text = A key that could sign in was removed from your account.
mail-notice-upstream-linked-subject = Another account was linked to yours
mail-notice-upstream-linked-text = An account elsewhere was linked to yours. Whoever has it can sign in.
mail-notice-upstream-unlinked-subject = A linked account was removed from yours
mail-notice-upstream-unlinked-text = An account elsewhere was linked to yours and was removed. It can no longer be used to sign in.
mail-notice-new-browser-subject = A new browser signed in to your account
mail-notice-new-browser-text = A browser that we have not seen before signed in to your account.

## The mails of `doorward dev`

dev-mail-title = Mail
dev-mail-text = No mail server is set, so every mail ends here, newest first. This page is part of doorward dev only.
dev-mail-server = A mail server is set (mail.smtp_url), so mail goes there.
dev-mail-none = There is no mail yet.
dev-mail-to = To
dev-mail-at = Written
dev-mail-html = As a mail program shows it
