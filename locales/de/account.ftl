# Der Kontobereich.

account-title = Ihr Konto
account-menu = Menü
account-nav-overview = Übersicht
account-overview-title = Ihr Konto
account-overview-text = Was diese Anmeldeseite über Sie weiß, und wer es nutzen darf.
