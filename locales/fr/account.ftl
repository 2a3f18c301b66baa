# L’espace de compte.

account-title = Votre compte
account-menu = Menu
account-nav-overview = Aperçu
account-overview-title = Votre compte
account-overview-text = Ce que cette page de connexion sait de vous, et qui peut s’en servir.
