# Tous les messages. L'objet ne contient rien qu'une personne ait saisi.

mail-hello = Bonjour { $name },
mail-hello-nobody = Bonjour,
mail-foot = Envoyé par { $product } sur { $host }. Personne ne lit les réponses à cette adresse.
mail-link-copy = Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :

## Confirmer une adresse

mail-verify-email-subject = Confirmez votre adresse e-mail
mail-verify-email-text = Veuillez confirmer que cette adresse e-mail est la vôtre.
mail-verify-email-button = Confirmer l’adresse
mail-verify-email-good = { $hours ->
    [one] Le lien fonctionne une fois et reste valable { $hours } heure.
   *[other] Le lien fonctionne une fois et reste valable { $hours } heures.
  }
mail-verify-email-ignore = Si vous n’attendiez pas ce message, ignorez-le : sans votre confirmation, rien ne se passe.

## Nouveau mot de passe

mail-reset-password-subject = Choisissez un nouveau mot de passe
mail-reset-password-text = Quelqu’un, vous sans doute, a demandé un nouveau mot de passe pour votre compte. Choisissez-le ici :
mail-reset-password-button = Choisir un nouveau mot de passe
mail-reset-password-good = { $minutes ->
    [one] Le lien fonctionne une fois et reste valable { $minutes } minute.
   *[other] Le lien fonctionne une fois et reste valable { $minutes } minutes.
  }
mail-reset-password-ignore = Si ce n’était pas vous, ignorez ce message : votre mot de passe reste le même.

## Inscription avec une adresse qui a déjà un compte

mail-account-exists-subject = Vous avez déjà un compte
mail-account-exists-text = Quelqu’un, vous sans doute, a voulu créer un compte avec cette adresse e-mail. Il en existe déjà un : connectez-vous avec celui-ci.
mail-account-exists-button = Se connecter
mail-account-exists-reset = Si vous avez oublié votre mot de passe, choisissez-en un nouveau ici :
mail-account-exists-ignore = Si ce n’était pas vous, ignorez ce message : rien n’a été modifié.

## Connexion par e-mail

mail-magic-link-subject = Votre lien de connexion
mail-magic-link-text = Ouvrez ce lien dans le navigateur où vous l’avez demandé, et vous êtes connecté(e) :
mail-magic-link-text-app = Ouvrez ce lien dans le navigateur où vous l’avez demandé, et vous êtes connecté(e) à { $app } :
mail-magic-link-button = Se connecter
mail-magic-link-code = Ou saisissez ce code sur la page qui l’attend :
mail-magic-link-good = { $minutes ->
    [one] Le lien et le code fonctionnent une fois et restent valables { $minutes } minute.
   *[other] Le lien et le code fonctionnent une fois et restent valables { $minutes } minutes.
  }
mail-magic-link-ignore = Ne communiquez ce code à personne, qui que ce soit. Si vous n’avez pas demandé ce message, ignorez-le.

## Invitation

mail-invitation-subject = Vous êtes invité(e)
mail-invitation-text = Vous êtes invité(e) à créer un compte. Acceptez ici :
mail-invitation-button = Accepter l’invitation
mail-invitation-good = { $days ->
    [one] Le lien fonctionne une fois et reste valable { $days } jour.
   *[other] Le lien fonctionne une fois et reste valable { $days } jours.
  }
mail-invitation-ignore = Si vous n’attendiez pas ce message, ignorez-le : aucun compte n’est créé sans vous.

## Verrouillé

mail-account-locked-subject = Votre compte est verrouillé
mail-account-locked-text = Vous avez indiqué qu’une modification de votre compte ne venait pas de vous. Il est maintenant verrouillé : personne ne peut se connecter, et tous les navigateurs et applications sont déconnectés. Choisissez un nouveau mot de passe pour le rouvrir :
mail-account-locked-button = Choisir un nouveau mot de passe
mail-account-locked-good = { $minutes ->
    [one] Le lien fonctionne une fois et reste valable { $minutes } minute. Ensuite, demandez-en un nouveau sur la page de connexion.
   *[other] Le lien fonctionne une fois et reste valable { $minutes } minutes. Ensuite, demandez-en un nouveau sur la page de connexion.
  }
mail-account-locked-ignore = Une fois de retour, vérifiez les moyens de connexion, les adresses e-mail et les comptes liés, et retirez ce qui n’est pas de vous.

## Une modification

mail-notice-about = Quoi
mail-notice-at = Quand
mail-notice-place = Depuis
mail-notice-you = Si c’était vous, il n’y a rien à faire.
mail-notice-not-you = Sinon, verrouillez votre compte tout de suite ; plus personne n’y entre alors avant que vous ayez choisi un nouveau mot de passe :
mail-notice-button = Ce n’était pas moi

mail-notice-password-changed-subject = Votre mot de passe a été modifié
mail-notice-password-changed-text = Le mot de passe de votre compte a été modifié.
mail-notice-email-added-subject = Une adresse e-mail a été ajoutée à votre compte
mail-notice-email-added-text = Une adresse e-mail a été ajoutée à votre compte.
mail-notice-email-removed-subject = Une adresse e-mail a été retirée de votre compte
mail-notice-email-removed-text = Une adresse e-mail a été retirée de votre compte.
mail-notice-email-primary-subject = Votre compte a une autre adresse e-mail principale
mail-notice-email-primary-text = Une autre adresse e-mail est maintenant l’adresse principale de votre compte.
mail-notice-username-changed-subject = Votre nom d’utilisateur a été modifié
mail-notice-username-changed-text = Le nom d’utilisateur de votre compte a été modifié.
mail-notice-passkey-added-subject = Une clé d’accès a été ajoutée à votre compte
mail-notice-passkey-added-text = Une clé d’accès a été ajoutée à votre compte. Qui la possède peut se connecter.
mail-notice-passkey-removed-subject = Une clé d’accès a été retirée de votre compte
mail-notice-passkey-removed-text = Une clé d’accès a été retirée de votre compte.
mail-notice-passkey-suspected-subject = Une clé d’accès de votre compte a peut-être été copiée
mail-notice-passkey-suspected-text = Une clé d’accès de votre compte a compté à rebours : deux appareils en utilisent peut-être des copies. Elle a été refusée. Retirez-la de votre compte et ajoutez-en une nouvelle.
mail-notice-totp-added-subject = Une application d’authentification a été ajoutée à votre compte
mail-notice-totp-added-text = Une application d’authentification a été ajoutée à votre compte. Désormais, ses codes sont demandés à la connexion.
mail-notice-totp-removed-subject = L’application d’authentification a été retirée de votre compte
mail-notice-totp-removed-text = L’application d’authentification a été retirée de votre compte. Ses codes ne sont plus demandés.
mail-notice-recovery-codes-made-subject = De nouveaux codes de secours ont été créés pour votre compte
mail-notice-recovery-codes-made-text = De nouveaux codes de secours ont été créés pour votre compte. Les précédents ne fonctionnent plus.
mail-notice-recovery-code-used-subject = Un code de secours a servi à se connecter
mail-notice-recovery-code-used-text = L’un de vos codes de secours a servi à se connecter à votre compte. Il ne fonctionne plus.
mail-notice-signature-key-added-subject = Une clé a été ajoutée à votre compte
mail-notice-signature-key-added-text = Une clé permettant de se connecter a été ajoutée à votre compte.
mail-notice-signature-key-removed-subject = Une clé a été retirée de votre compte
mail-notice-signature-key-removed-text = Une clé permettant de se connecter a été retirée de votre compte.
mail-notice-upstream-linked-subject = Un autre compte a été lié au vôtre
mail-notice-upstream-linked-text = Un compte chez un autre fournisseur a été lié au vôtre. Qui le possède peut se connecter.
mail-notice-upstream-unlinked-subject = Un compte lié au vôtre a été retiré
mail-notice-upstream-unlinked-text = Un compte chez un autre fournisseur était lié au vôtre et a été retiré. Il ne permet plus de se connecter.
mail-notice-new-browser-subject = Un nouveau navigateur s’est connecté à votre compte
mail-notice-new-browser-text = Un navigateur que nous ne connaissions pas s’est connecté à votre compte.

## Les messages de `doorward dev`

dev-mail-title = E-mails
dev-mail-text = Aucun serveur de messagerie n’est configuré : chaque message arrive ici, le plus récent d’abord. Cette page fait partie de doorward dev seulement.
dev-mail-server = Un serveur de messagerie est configuré (mail.smtp_url) : les messages y vont.
dev-mail-none = Il n’y a pas encore de message.
dev-mail-to = À
dev-mail-at = Écrit
dev-mail-html = Comme un logiciel de messagerie l’affiche
