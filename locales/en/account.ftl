# The account area.

account-title = Your account
account-menu = Menu
account-nav-overview = Overview
account-overview-title = Your account
account-overview-text = What this sign-in page knows about you, and who may use it.
