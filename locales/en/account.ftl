# The account area.

account-title = Your account
home-account = Your account
account-menu = Menu
save = Save
cancel = Cancel
remove = Remove

## Navigation

account-nav-overview = Overview
account-nav-profile = Profile
account-nav-emails = Email addresses
account-nav-password = Password
account-nav-sessions = Devices
account-nav-apps = Apps with access
account-nav-activity = Activity
account-nav-language = Language
account-nav-data = Your data
account-nav-delete = Delete account

## What was just done

account-saved-repeat = Thank you. Now please do once more what you were about to do.
account-saved-profile = Your profile is saved.
account-saved-username = You have a new username.
account-saved-email-asked = We have sent a mail. The address is yours once its link is opened.
account-saved-email-primary = Apps now learn this address.
account-saved-email-removed = The address is removed.
account-saved-email-withdrawn = The link in the mail is no longer good.
account-saved-password = You have a new password.
account-saved-session-ended = That device is signed out.
account-saved-sessions-ended = All other devices are signed out.
account-saved-app-revoked = The app no longer has access.
account-saved-language = Your language is saved.

## Moments

time-now = just now
time-minutes-ago = { $n ->
    [one] { $n } minute ago
   *[other] { $n } minutes ago
  }
time-in-minutes = { $n ->
    [one] in { $n } minute
   *[other] in { $n } minutes
  }
time-hours-ago = { $n ->
    [one] { $n } hour ago
   *[other] { $n } hours ago
  }
time-in-hours = { $n ->
    [one] in { $n } hour
   *[other] in { $n } hours
  }
time-days-ago = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
  }
time-in-days = { $n ->
    [one] in { $n } day
   *[other] in { $n } days
  }
time-months-ago = { $n ->
    [one] { $n } month ago
   *[other] { $n } months ago
  }
time-in-months = { $n ->
    [one] in { $n } month
   *[other] in { $n } months
  }
time-years-ago = { $n ->
    [one] { $n } year ago
   *[other] { $n } years ago
  }
time-in-years = { $n ->
    [one] in { $n } year
   *[other] in { $n } years
  }

## Overview

account-overview-title = Your account
account-overview-text = What this sign-in page knows about you, and who may use it.
account-overview-confirm = Your email address is not confirmed yet.
account-overview-guards = How you sign in
account-guard-password-title = Password
account-guard-password = { $n ->
    [0] not set
   *[other] set
  }
account-guard-passkeys-title = Passkeys
account-guard-passkeys = { $n ->
    [0] none yet
   *[other] { $n }
  }
account-guard-second-factor-title = Authenticator app
account-guard-second-factor = { $n ->
    [0] not set up
   *[other] set up
  }
account-overview-sessions = { $n ->
    [one] You are signed in on this device only.
   *[other] You are signed in on { $n } devices.
  }
account-overview-apps = { $n ->
    [0] No app has access.
    [one] One app has access.
   *[other] { $n } apps have access.
  }

## Profile

account-profile-title = Profile
account-profile-text = Apps that you allow to see your profile learn what stands here. Nothing is required.
account-profile-picture-hint = The address of a picture of you. Apps that you allow to see your profile may show it.
account-profile-locale-hint = For example en-GB
account-profile-zoneinfo-hint = For example Europe/Berlin
claim-name = Full name
claim-given_name = Given name
claim-family_name = Family name
claim-nickname = Nickname
claim-picture = Picture
claim-website = Website
claim-locale = Language and region
claim-zoneinfo = Time zone
claim-language = Language of pages and mail
account-error-name-form = Please use at most 200 ordinary characters.
account-error-given-name-form = Please use at most 200 ordinary characters.
account-error-family-name-form = Please use at most 200 ordinary characters.
account-error-nickname-form = Please use at most 200 ordinary characters.
account-error-picture-form = This is not a web address like https://alice.example/me.jpg.
account-error-website-form = This is not a web address like https://alice.example.
account-error-locale-form = This is not a language tag like en-GB.
account-error-zoneinfo-form = This is not a time zone like Europe/Berlin.
account-username-title = Username
account-username-text = You sign in with it. Apps may show it.
account-username-submit = Change the username
account-error-username-length = Please use 1 to 100 characters.
account-error-username-characters = Please use letters, digits and . _ - + @ only.
account-error-username-scripts = Please use letters of one script only: some look alike in several.
account-error-username-id = This looks like an internal id. Please choose another.
account-error-username-address = A username with @ must be one of your confirmed addresses.
account-error-username-taken = This username is taken.
account-error-username-throttled = Too many tries. Please wait an hour.

## Email addresses

account-emails-title = Email addresses
account-emails-text = You can sign in with each confirmed address, and reset your password through it.
account-emails-primary = Primary
account-emails-unproved = Not confirmed
account-emails-username = Your username
account-emails-asked = Mail sent
account-emails-asked-until = The link ends
account-emails-again = Send the mail again
account-emails-make-primary = Make primary
account-emails-remove-question = You can no longer sign in with this address, and mail to it no longer opens your account.
account-emails-remove-submit = Remove the address
account-emails-add = Add an address
account-emails-add-text = We send a link to it. It is yours once the link is opened.
account-emails-add-submit = Send the link
account-emails-error-form = This is not an email address.
account-emails-error-theirs = You have this address already.
account-emails-error-many = There may be { $most } addresses at most. Remove one first.
account-emails-error-mails = Many mails went to this address lately. Please try again in an hour.
account-emails-error-asked = You asked for many addresses lately. Please try again in an hour.
account-emails-error-unproved = Please confirm this address first.
account-emails-error-primary = This is your primary address. Make another one primary first.
account-emails-error-username = This address is your username. Change that first.

## Password

account-password-title = Change your password
account-password-first-title = Set a password
account-password-text = Use one that you use nowhere else; a password manager makes and keeps it for you.
account-password-current = Current password
account-password-new = New password
account-password-end-others = Sign out all other devices, and apps that were connected there
account-password-submit = Save the password
account-password-error-current = This is not your current password.
account-password-error-current-missing = Please enter your current password.

## Devices

account-sessions-title = Devices
account-sessions-text = Browsers in which you are signed in. If you do not know one, sign it out and change your password.
account-sessions-this = This device
account-sessions-seen = used
account-sessions-started = signed in
account-sessions-all-submit = Sign out everywhere
account-sessions-others = All other devices
account-sessions-others-text = Signs you out everywhere but here. Apps connected there lose their access within seconds, except those that may stay connected.
account-sessions-others-submit = Sign out all others
session-name = { $browser } on { $system }
session-name-unknown = Unknown browser

## Apps

account-apps-title = Apps with access
account-apps-text = What these apps know of you and may do for you. You can take it back at any time.
account-apps-none = No app has access yet. When you sign in to one, it stands here.
account-apps-since = Since
account-apps-used = last used
account-apps-trusted = Belongs to the people who run this sign-in page: it does not ask for permission.
account-apps-rights = What it sees and may do
account-apps-sees = It sees
account-apps-may = It may
account-apps-revoke = Remove access
account-apps-revoke-question = The app is signed out within seconds and must ask you again.
account-apps-revoke-submit = Remove access now

## Activity

account-activity-title = Activity
account-activity-text = What happened to your account, newest first. If something was not you, change your password and sign out all other devices.
account-activity-none = Nothing here.
account-activity-pages = Pages of the activity
account-activity-older = Older
account-activity-newest = Newest
event-user-created = Account created
event-user-disabled = Account switched off
event-user-enabled = Account switched on again
event-user-removed = Account deleted
event-user-renamed = Username changed
event-administrator-created = Became an administrator
event-password-changed = Password changed
event-session-started = Signed in
event-session-started-again = Confirmed that it was you
event-session-ended = Signed out
event-consent-given = Access given to
event-consent-withdrawn = Access taken back from
event-grant-revoked = Access ended
event-grant-code-replayed = A code was used twice; the access was ended
event-grant-refresh-replayed = An old token was used again; the access was ended
event-profile-changed = Profile changed
event-email-asked = Asked to add an email address
event-email-primary = Primary email address changed
event-email-removed = Email address removed
event-data-exported = Data downloaded
event-refused = Refused
event-email-verified = Email address confirmed
event-email-withdrawn = Email address withdrawn
event-invitation-accepted = Invitation accepted
event-invitation-made = Invitation made
event-invitation-removed = Invitation taken back
event-upstream-linked = Account elsewhere linked
event-upstream-unlinked = Account elsewhere removed
event-user-locked = Account locked: “this was not me”
event-user-unlocked = Account open again
event-reason-wrong-password = Somebody tried a wrong password
amr-pwd = password
amr-email = mail
amr-otp = authenticator app
amr-pop = key
amr-fed = account elsewhere

## Language

account-language-title = Language
account-language-text = In which language pages and mail come.
account-language-browser = As my browser asks

## Your data

account-data-title = Download your data
account-data-text = Everything that is stored about you, as one JSON file: profile, addresses, devices, apps, the public parts of your keys, and what happened.
account-data-secrets = It holds no password and no secret. It is about you all the same: keep it safe.
account-data-submit = Download

## The end of the account

account-delete-title = Delete your account
account-delete-text = This cannot be undone.
account-delete-goes = Your profile, addresses, password, keys and devices are removed at once.
account-delete-apps = Apps are signed out and no longer know you here. What they stored themselves stays with them.
account-delete-stays = A record of what happened stays for a while, under a number and without your name.
account-delete-data = You may want to take a copy first:
account-delete-type = Type { $username } to confirm
account-delete-error-username = This is not your username.
account-delete-submit = Delete my account
account-delete-last = You are the only administrator. Make somebody else an administrator first, then you can delete your account.
account-deleted-title = Your account is deleted
account-deleted-text = Everything that was yours is removed.

## The mail about it

mail-account-deleted-subject = Your account was deleted
mail-account-deleted-text = Your account was deleted, as you asked on its page. Everything that was yours is removed.
mail-account-deleted-apps = Apps no longer know you here. What they stored themselves stays with them.
mail-account-deleted-not-you = If it was not you, tell the people who run this sign-in page:
