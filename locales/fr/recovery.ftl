# Retrouver l’accès : un nouveau mot de passe, la connexion par courriel et « ce n’était pas moi ».

login-reason-reset = Votre nouveau mot de passe est enregistré. Connectez-vous avec lui.

recover-title = Définir un nouveau mot de passe
recover-text = Dites-nous qui vous êtes, et nous envoyons un lien à l’adresse e-mail de votre compte.
recover-submit = Envoyer le lien
recover-error-missing = Veuillez saisir votre nom d’utilisateur ou votre adresse e-mail.
recover-back = Retour à la connexion
recover-sent-title = Consultez votre messagerie
recover-sent-text = { $minutes ->
    [one] S’il existe un compte, un message avec un lien est en route. Le lien est valable { $minutes } minute.
   *[other] S’il existe un compte, un message avec un lien est en route. Le lien est valable { $minutes } minutes.
  }
recover-sent-nothing = Rien n’arrive ? Regardez dans les indésirables, vérifiez votre saisie ou utilisez l’autre adresse de votre compte.
recover-again = Réessayer

reset-title = Choisissez un nouveau mot de passe
reset-password = Nouveau mot de passe
reset-locked = Votre compte est verrouillé. Le nouveau mot de passe le rouvre.
reset-sign-out = Se déconnecter partout ailleurs et retirer les droits des applications
reset-submit = Enregistrer le mot de passe

error-reset-over-title = Ce lien n’est plus valable
error-reset-over-text = Il a déjà servi, il est trop ancien, ou un plus récent a été envoyé.
error-reset-over-remedy = Demandez-en un nouveau.
error-reset-over-again = Demander un nouveau lien

magic-title = Se connecter par courriel
magic-text = Nous vous envoyons un lien et un code. Aucun mot de passe n’est nécessaire.
magic-address = Nom d’utilisateur ou e-mail
magic-submit = Envoyer le message
magic-other = Autres façons de se connecter
magic-error-missing = Veuillez saisir votre nom d’utilisateur ou votre adresse e-mail.
magic-sent-title = Consultez votre messagerie
magic-sent-text = Si « { $typed } » peut se connecter ici, un message est en route.
magic-sent-how = { $minutes ->
    [one] Ouvrez son lien dans ce navigateur, ou saisissez son code ici. Les deux sont valables { $minutes } minute.
   *[other] Ouvrez son lien dans ce navigateur, ou saisissez son code ici. Les deux sont valables { $minutes } minutes.
  }
magic-code = Code à six chiffres
magic-again = Envoyer un autre message
magic-error-missing-code = Veuillez saisir le code du message.
magic-error-code = Ce code n’est pas le bon, ou n’est plus valable. Seul le message le plus récent compte.
magic-link-title = Se connecter ?
magic-link-text = Vous avez demandé cette connexion il y a un instant.

error-sign-in-link-over-title = Ce lien n’est plus valable
error-sign-in-link-over-text = Il a déjà servi, il est trop ancien, ou un message plus récent a été envoyé.
error-sign-in-link-over-remedy = Demandez un nouveau message sur la page de connexion.
error-sign-in-link-elsewhere-title = Saisissez plutôt le code
error-sign-in-link-elsewhere-text = Le lien ne fonctionne que dans le navigateur où vous l’avez demandé. Il y est toujours valable.
error-sign-in-link-elsewhere-remedy = Revenez à ce navigateur et saisissez le code à six chiffres du message. Si vous ne l’avez pas demandé, ne faites rien.

not-me-title = Verrouiller votre compte ?
not-me-text = Si ce changement ne vient pas de vous, verrouillez le compte maintenant :
not-me-sessions = Tout le monde est déconnecté, sur chaque appareil.
not-me-apps = Les applications perdent leur accès.
not-me-added = Les adresses, clés d’accès et autres moyens d’entrer ajoutés depuis ne comptent plus.
not-me-mail = Vous recevez un message avec un lien qui définit un nouveau mot de passe et rouvre le compte.
not-me-submit = Verrouiller le compte
not-me-nothing = Si c’était vous, il n’y a rien à faire : fermez cette page.
not-me-done-title = Votre compte est verrouillé
not-me-done-text = { $minutes ->
    [one] Personne ne peut se connecter. Nous vous avons envoyé un message : son lien définit un nouveau mot de passe et rouvre le compte, dans un délai de { $minutes } minute.
   *[other] Personne ne peut se connecter. Nous vous avons envoyé un message : son lien définit un nouveau mot de passe et rouvre le compte, dans un délai de { $minutes } minutes.
  }

error-not-me-over-title = Ce lien n’est plus valable
error-not-me-over-text = Il a déjà servi, ou date de plus d’une semaine.
error-not-me-over-remedy = Définissez un nouveau mot de passe sur la page de connexion : cela déconnecte tous les autres. Si c’est impossible, demandez aux responsables de ce service.
