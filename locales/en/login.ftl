# The sign-in page beyond the password.

login-recover = Forgot your password?
login-other-name = Not you?
login-or = or
login-way-mail = Get a sign-in link by mail
login-way-upstream = Continue with { $provider }
login-last-used = Last used
login-new = New here?
login-register = Create an account
login-choose = Someone is signed in here already

error-account-closed-title = This account cannot be used
error-account-closed-text = You proved who you are, but the account has been switched off or locked.
error-account-closed-remedy = If you locked it yourself, use the link in the mail about it. Otherwise ask the people who run this service.
