# Getting back in: a new password, a sign-in by mail, and "this was not me".

login-reason-reset = Your new password is set. Sign in with it.

recover-title = Set a new password
recover-text = Tell us who you are, and we send a link to the email address of your account.
recover-submit = Send the link
recover-error-missing = Please enter your username or email address.
recover-back = Back to sign-in
recover-sent-title = Look into your mail
recover-sent-text = { $minutes ->
    [one] If there is an account, a mail with a link is on its way. The link works for { $minutes } minute.
   *[other] If there is an account, a mail with a link is on its way. The link works for { $minutes } minutes.
  }
recover-sent-nothing = Nothing arrives? Look into the spam folder, check what you typed, or use the other address of your account.
recover-again = Try again

reset-title = Choose a new password
reset-password = New password
reset-locked = Your account is locked. The new password opens it again.
reset-sign-out = Sign out everywhere else, and take back what apps may do
reset-submit = Set the password

error-reset-over-title = This link is no longer good
error-reset-over-text = It was used already, is too old, or a newer one was sent.
error-reset-over-remedy = Ask for a new one.
error-reset-over-again = Ask for a new link

magic-title = Sign in by mail
magic-text = We send you a link and a code. You need no password.
magic-address = Username or email
magic-submit = Send the mail
magic-other = Other ways to sign in
magic-error-missing = Please enter your username or email address.
magic-sent-title = Look into your mail
magic-sent-text = If “{ $typed }” can sign in here, a mail is on its way.
magic-sent-how = { $minutes ->
    [one] Open its link in this browser, or type its code here. Both work for { $minutes } minute.
   *[other] Open its link in this browser, or type its code here. Both work for { $minutes } minutes.
  }
magic-code = Six-digit code
magic-again = Send another mail
magic-error-missing-code = Please enter the code of the mail.
magic-error-code = This code is not right, or no longer good. Only the newest mail counts.
magic-link-title = Sign in?
magic-link-text = You asked for this sign-in a moment ago.

error-sign-in-link-over-title = This link is no longer good
error-sign-in-link-over-text = It was used already, is too old, or a newer mail was sent.
error-sign-in-link-over-remedy = Ask for a new mail on the sign-in page.
error-sign-in-link-elsewhere-title = Type the code instead
error-sign-in-link-elsewhere-text = The link works only in the browser in which you asked for it. It is still good there.
error-sign-in-link-elsewhere-remedy = Go back to that browser, and type the six-digit code of the mail. If you did not ask for it, do nothing.

not-me-title = Lock your account?
not-me-text = If it was not you who made this change, lock the account now:
not-me-sessions = Everybody is signed out, on every device.
not-me-apps = Apps lose their access.
not-me-added = Addresses, passkeys and other ways in that were added since then no longer count.
not-me-mail = You get a mail with a link that sets a new password and opens the account again.
not-me-submit = Lock the account
not-me-nothing = If it was you, there is nothing to do: close this page.
not-me-done-title = Your account is locked
not-me-done-text = { $minutes ->
    [one] Nobody can sign in. We have sent you a mail: its link sets a new password and opens the account again, within { $minutes } minute.
   *[other] Nobody can sign in. We have sent you a mail: its link sets a new password and opens the account again, within { $minutes } minutes.
  }

error-not-me-over-title = This link is no longer good
error-not-me-over-text = It was used already, or is older than a week.
error-not-me-over-remedy = Set a new password on the sign-in page: that signs everybody else out. If you cannot, ask the people who run this service.
