# Comptes ailleurs.

account-nav-linked = Comptes liés
account-saved-linked = Le compte est lié. Vous pouvez désormais vous connecter avec lui.
account-saved-unlinked = Le lien est supprimé. Ce compte ne vous connecte plus ici.
back-to-sign-in = Retour à la connexion

upstream-exists-title = Vous avez déjà un compte
upstream-exists-text = Il existe ici un compte avec l’adresse { $email }, qui est la vôtre selon { $provider }.
upstream-exists-next = Connectez-vous-y une fois comme d’habitude. Il vous sera ensuite demandé si { $provider } peut désormais vous connecter.
upstream-exists-sign-in = Se connecter
upstream-link-title = Lier { $provider } ?
upstream-link-text = Quiconque peut se connecter à ce compte chez { $provider } pourra se connecter ici en votre nom.
upstream-link-there = Chez { $provider }
upstream-link-here = Ici
upstream-link-yes = Lier
upstream-link-no = Pas maintenant

linked-title = Comptes liés
linked-text = Les comptes ailleurs qui vous connectent ici.
linked-none = Aucun pour le moment.
linked-since = Lié
linked-last-used = dernière utilisation
linked-remove = Supprimer
linked-remove-question = { $provider } ne vous connectera plus ici. Votre compte là-bas reste intact.
linked-another = Lier un autre compte
linked-link = Lier { $provider }
linked-fresh = Vous vous connectez d’abord là-bas, puis vous voyez de quel compte il s’agit avant de le lier.
linked-no-providers = Les responsables de ce service ne proposent aucun compte ailleurs.
linked-last-way = C’est votre dernier moyen d’accès. Définissez d’abord un mot de passe ou ajoutez une clé d’accès, puis supprimez le lien.

error-upstream-unavailable-title = { $provider } ne répond pas
error-upstream-unavailable-text = La connexion avec { $provider } a échoué, car { $provider } était injoignable ou trop lent.
error-upstream-unavailable-remedy = Réessayez dans une minute ou connectez-vous autrement.
error-upstream-untrusted-title = La réponse de { $provider } n’est pas fiable
error-upstream-untrusted-text = Ce qui est revenu de { $provider } ne prouve pas qui vous êtes. Personne n’a été connecté.
error-upstream-untrusted-remedy = Réessayez ou connectez-vous autrement. Si cela continue, donnez la référence ci-dessous aux responsables de ce service.
error-upstream-denied-title = { $provider } ne vous a pas connecté
error-upstream-denied-text = Vous avez refusé, ou { $provider } a refusé.
error-upstream-denied-remedy = Réessayez ou connectez-vous autrement.
error-upstream-over-title = Cette connexion est terminée
error-upstream-over-text = La réponse de l’autre site est arrivée deux fois, trop tard, ou appartient à une autre connexion.
error-upstream-over-remedy = Retournez à l’application et recommencez.
error-upstream-unverified-title = { $provider } n’a pas confirmé votre adresse
error-upstream-unverified-text = Seul un compte dont l’adresse e-mail est confirmée peut servir ici pour la première fois.
error-upstream-unverified-remedy = Confirmez votre adresse chez { $provider } et réessayez. Si vous avez un compte ici, connectez-vous-y et liez { $provider } dans votre compte.
error-upstream-domain-title = Ce compte chez { $provider } ne peut pas servir ici
error-upstream-domain-text = Les responsables de ce service n’admettent que les comptes de certaines organisations.
error-upstream-domain-remedy = Connectez-vous avec un autre compte ou autrement.
error-upstream-no-account-title = Vous n’avez pas encore de compte ici
error-upstream-no-account-text = { $provider } vous connaît, mais aucun compte n’y est lié ici, et les comptes ne se créent pas d’eux-mêmes.
error-upstream-no-account-remedy = Demandez un compte aux responsables de ce service. Si vous en avez un, connectez-vous-y et liez { $provider }.
error-upstream-address-title = Votre adresse chez { $provider } ne peut pas servir ici
error-upstream-address-text = Elle est écrite d’une manière que ce service n’accepte pas.
error-upstream-address-remedy = Connectez-vous autrement ou utilisez une autre adresse chez { $provider }.
error-upstream-linked-elsewhere-title = Ce compte est déjà celui de quelqu’un
error-upstream-linked-elsewhere-text = Le compte chez { $provider } connecte ici une autre personne.
error-upstream-linked-elsewhere-remedy = Si les deux sont à vous, connectez-vous avec { $provider } et supprimez-y d’abord le lien.
error-upstream-not-anew-title = { $provider } ne montre pas que vous êtes là
error-upstream-not-anew-text = Pour cette étape, vous montrez de nouveau qui vous êtes. { $provider } a répondu sans dire que vous venez de vous y connecter.
error-upstream-not-anew-remedy = { $ways ->
    [password] Connectez-vous plutôt avec votre mot de passe.
    [mail] Connectez-vous plutôt par e-mail : vous recevez un lien et un code.
    [none] Déconnectez-vous chez { $provider }, revenez et connectez-vous-y de nouveau.
   *[both] Connectez-vous plutôt avec votre mot de passe ou par e-mail.
  }
