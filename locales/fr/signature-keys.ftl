# Les clés qui connectent, dans l’espace du compte.

account-nav-keys = Clés de signature
account-keys-title = Clés de signature
account-keys-text = Une clé que vous détenez vous connecte : dans un outil en ligne de commande, un script à vous ou un portefeuille. Seule sa moitié publique est connue ici.
account-keys-none = Vous n’avez pas encore de clé.
account-keys-created = Ajoutée
account-keys-used = dernière utilisation
account-keys-never-used = pas encore utilisée
account-keys-rename = Renommer
account-keys-rename-save = Enregistrer
account-keys-remove = Retirer
account-keys-remove-question = Elle ne vous connectera plus. Les outils qui l’utilisent cesseront de fonctionner.
account-keys-remove-confirm = Retirer la clé
account-keys-add = Ajouter une clé
account-keys-add-text = Ed25519 ou secp256k1. Sur la page suivante, la clé signe une ligne de texte pour montrer qu’elle est à vous.
account-keys-public-key = Clé publique
account-keys-public-key-hint = En hexadécimal, base64url ou PEM tel qu’OpenSSL l’écrit. Jamais la clé privée.
account-keys-name = Nom
account-keys-name-hint = Pour la reconnaître, par exemple « Portable »
account-keys-add-submit = Continuer
account-keys-cancel = Annuler
account-keys-prove-title = Signer avec la nouvelle clé
account-keys-prove-text = { $minutes ->
    [one] Signez cette ligne avec la clé privée dans la minute, exactement telle quelle, sans saut de ligne à la fin.
   *[other] Signez cette ligne avec la clé privée dans les { $minutes } minutes, exactement telle quelle, sans saut de ligne à la fin.
}
account-keys-message = Texte à signer
account-keys-how = Comment signer en ligne de commande
account-keys-how-text = Enregistrez la ligne dans message.txt sans saut de ligne à la fin (avec printf %s), puis faites-la signer par OpenSSL.
account-keys-signature = Signature
account-keys-signature-hint = En base64 ou en hexadécimal
account-keys-prove-submit = Ajouter la clé
account-keys-error-key = Ce n’est pas une clé publique Ed25519 ou secp256k1.
account-keys-error-name = 60 caractères au plus.
account-keys-error-too-many = Il y a déjà 20 clés. Retirez-en une avant d’en ajouter une autre.
account-keys-error-signature = Cette clé n’a pas signé exactement ce texte. Y avait-il un saut de ligne à la fin ?
account-keys-error-over = Le texte à signer avait expiré. Veuillez recommencer.
account-keys-error-taken = Cette clé appartient déjà à un compte.
account-keys-error-needed = Cette clé est votre seul accès. Ajoutez-en un autre avant de la retirer.
account-saved-key-added = La clé a été ajoutée.
account-saved-key-renamed = Le nom a été modifié.
account-saved-key-removed = La clé a été retirée.
event-signature-key-added = Une clé de signature a été ajoutée
event-signature-key-renamed = Une clé de signature a été renommée
event-signature-key-removed = Une clé de signature a été retirée
