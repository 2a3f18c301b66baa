# Accounts elsewhere.

account-nav-linked = Linked accounts
account-saved-linked = The account is linked. You can sign in with it from now on.
account-saved-unlinked = The link is gone. That account signs you in here no longer.
back-to-sign-in = Back to the sign-in

upstream-exists-title = You have an account already
upstream-exists-text = There is an account here with the address { $email }, which { $provider } says is yours.
upstream-exists-next = Sign in to it once as you usually do. Then you are asked whether { $provider } may sign you in to it from now on.
upstream-exists-sign-in = Sign in
upstream-link-title = Link { $provider }?
upstream-link-text = Whoever can sign in to this account at { $provider } will be able to sign in here as you.
upstream-link-there = At { $provider }
upstream-link-here = Here
upstream-link-yes = Link
upstream-link-no = Not now

linked-title = Linked accounts
linked-text = Accounts elsewhere that sign you in here.
linked-none = None yet.
linked-since = Linked
linked-last-used = last used
linked-remove = Remove
linked-remove-question = { $provider } will no longer sign you in here. Your account there is not touched.
linked-another = Link another account
linked-link = Link { $provider }
linked-fresh = You sign in there first, and then see which account it is before it is linked.
linked-no-providers = The people who run this service offer no accounts elsewhere.
linked-last-way = This is your last way in. Set a password or add a passkey first, then remove the link.

error-upstream-unavailable-title = { $provider } does not answer
error-upstream-unavailable-text = The sign-in with { $provider } did not work, because { $provider } could not be reached or took too long.
error-upstream-unavailable-remedy = Try again in a minute, or sign in another way.
error-upstream-untrusted-title = { $provider } gave an answer that cannot be trusted
error-upstream-untrusted-text = What came back from { $provider } does not prove who you are. Nobody was signed in.
error-upstream-untrusted-remedy = Try again, or sign in another way. If it goes on, tell the people who run this service the reference below.
error-upstream-denied-title = { $provider } did not sign you in
error-upstream-denied-text = You declined, or { $provider } refused.
error-upstream-denied-remedy = Try again, or sign in another way.
error-upstream-over-title = This sign-in is over
error-upstream-over-text = The answer from the other site came twice, too late, or belongs to another sign-in.
error-upstream-over-remedy = Go back to the app and start again.
error-upstream-unverified-title = { $provider } has not confirmed your address
error-upstream-unverified-text = Only an account with a confirmed e-mail address can be used here for the first time.
error-upstream-unverified-remedy = Confirm your address at { $provider } and try again. If you have an account here, sign in to it and link { $provider } in your account.
error-upstream-domain-title = This account at { $provider } may not be used here
error-upstream-domain-text = The people who run this service allow only accounts of certain organisations.
error-upstream-domain-remedy = Sign in with another account, or another way.
error-upstream-no-account-title = You have no account here yet
error-upstream-no-account-text = { $provider } knows you, but no account here is linked to that, and accounts are not made by themselves.
error-upstream-no-account-remedy = Ask the people who run this service for an account. If you have one, sign in to it and link { $provider } there.
error-upstream-address-title = Your address at { $provider } cannot be used here
error-upstream-address-text = It is written in a way that this service does not accept.
error-upstream-address-remedy = Sign in another way, or use another address at { $provider }.
error-upstream-linked-elsewhere-title = This account is somebody's already
error-upstream-linked-elsewhere-text = The account at { $provider } signs another person in here.
error-upstream-linked-elsewhere-remedy = If both are yours, sign in with { $provider } and remove the link there first.
error-upstream-not-anew-title = { $provider } does not show that you are here
error-upstream-not-anew-text = For this step you show anew who you are. { $provider } answered without saying that you have just signed in there.
error-upstream-not-anew-remedy = { $ways ->
    [password] Sign in with your password instead.
    [mail] Sign in by mail instead: you are sent a link and a code.
    [none] Sign out at { $provider }, come back and sign in there again.
   *[both] Sign in with your password or by mail instead.
  }
