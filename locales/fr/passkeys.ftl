# Les clés d’accès : à la connexion et dans l’espace du compte.

passkey-use = Se connecter avec une clé d’accès
passkey-use-second = Confirmer avec une clé d’accès
passkey-add = Ajouter une clé d’accès
passkey-name = Nom
passkey-name-hint = Pour la reconnaître, par exemple « Mon téléphone »

passkey-note-cancelled = Rien n’a été envoyé : l’opération a été annulée, ou cet appareil n’a pas de clé d’accès pour cette page.
passkey-note-not-added = Aucune clé d’accès n’a été ajoutée : l’opération a été annulée, ou cet appareil ne le permet pas.
passkey-note-expired = Cette page est restée ouverte trop longtemps. Rechargez-la.
passkey-note-failed = Le navigateur n’a pas autorisé de clé d’accès ici.
passkey-note-unsupported = Ce navigateur ne connaît pas les clés d’accès, ou les scripts y sont désactivés.

passkey-error-over = La demande de clé d’accès avait expiré. Veuillez réessayer.
passkey-error-unknown = Cette clé d’accès n’est pas connue ici. Elle a peut-être été retirée du compte.
passkey-error-known = Cet appareil ou ce gestionnaire de mots de passe a déjà une clé d’accès de ce compte.
passkey-error-too-many = Il y a déjà 20 clés d’accès. Retirez-en une avant d’en ajouter une autre.
passkey-error-unverified = Votre appareil n’a pas vérifié que c’est bien vous. Déverrouillez-le avec votre doigt, votre visage ou votre code.
passkey-error-refused = Cette clé d’accès n’a pas pu être acceptée. Veuillez réessayer, ou vous connecter autrement.
passkey-error-not-added = Cette clé d’accès n’a pas pu être acceptée. Veuillez réessayer, ou prendre un autre appareil.

account-nav-passkeys = Clés d’accès
account-passkeys-title = Clés d’accès
account-passkeys-text = Connectez-vous avec votre doigt, votre visage ou le code de votre appareil, au lieu d’un mot de passe. Une clé d’accès ne sert qu’à cette adresse : personne ne peut vous la soutirer ailleurs.
account-passkeys-empty = Vous n’avez pas encore de clé d’accès.
account-passkeys-add = Ajouter une clé d’accès
account-passkeys-created = Ajoutée
account-passkeys-used = Dernière utilisation
account-passkeys-never-used = Pas encore utilisée
account-passkeys-rename = Renommer
account-passkeys-rename-save = Enregistrer
account-passkeys-remove = Retirer
account-passkeys-remove-question = Retirer « { $name } » ? Elle ne vous connectera plus. Supprimez-la aussi sur votre appareil ou dans votre gestionnaire de mots de passe.
account-passkeys-remove-confirm = Retirer la clé d’accès
account-passkeys-error-name = 60 caractères au plus.
account-passkeys-error-needed = Cette clé d’accès est nécessaire : c’est votre seul moyen d’entrer, ou votre dernier second facteur alors qu’il en faut un.
account-saved-passkey-added = La clé d’accès a été ajoutée.
account-saved-passkey-renamed = Le nom a été changé.
account-saved-passkey-removed = La clé d’accès a été retirée.

event-passkey-added = Clé d’accès ajoutée
event-passkey-renamed = Clé d’accès renommée
event-passkey-removed = Clé d’accès retirée
event-passkey-copy-suspected = Une clé d’accès a compté à rebours et a été refusée : elle a peut-être été copiée
event-reason-passkey = Une clé d’accès n’a pas été acceptée
