# The second factor: showing it, setting it up, and its page in the account area.

second-title = Encore une étape
second-lead-app = Saisissez le code que votre application d’authentification affiche maintenant.
second-lead-recovery = Saisissez l’un des codes de secours que vous avez conservés. Chacun sert une fois.
second-lead-passkey = Utilisez votre clé d’accès pour continuer.
second-code = Code de l’application
second-recovery = Code de secours
second-trust = { $days ->
    [one] Ne plus demander dans ce navigateur pendant { $days } jour
   *[other] Ne plus demander dans ce navigateur pendant { $days } jours
}
second-other-person = Se connecter avec un autre compte
second-use-recovery = Utiliser un code de secours
second-use-other = Utiliser mon autre moyen
second-error-missing = Saisissez le code.
second-error-code = Ce code n’est pas bon, ou a déjà servi. Attendez le suivant.
second-error-recovery = Ce code n’est pas bon, ou a déjà servi.
second-error-enrol = Ce n’est pas le code de ce secret. Vérifiez l’heure de votre appareil et réessayez.

second-left-title = Vous avez utilisé un code de secours
second-left-text = { $left ->
    [0] C’était le dernier.
    [one] Il vous en reste { $left }.
   *[other] Il vous en reste { $left }.
}
second-left-remedy = Si vous n’avez plus votre application d’authentification, configurez-la de nouveau et créez de nouveaux codes de secours.
second-left-account = Reconfigurer la deuxième étape

enrol-title = Configurer une deuxième étape
enrol-lead = Ce service demande, en plus de votre connexion, le code d’une application d’authentification.
enrol-step-app = Ouvrez une application d’authentification sur votre téléphone, ou installez-en une.
enrol-step-scan = Ajoutez-y un compte en scannant cette image.
enrol-step-code = Saisissez le code que l’application affiche.
enrol-qr = Code QR pour l’application d’authentification
enrol-open-app = L’application est sur cet appareil : l’ouvrir
enrol-by-hand = Saisir le secret à la main
enrol-code = Code de l’application
enrol-done-title = Votre deuxième étape est configurée
enrol-done-codes = Conservez ces codes de secours en lieu sûr. Chacun vous permet d’entrer une fois si vous perdez votre application. Ils ne seront plus affichés.
enrol-done-text = Désormais, un code de votre application vous est demandé à la connexion.
enrol-done-kept = Je les ai conservés, continuer

account-nav-second-factor = Deuxième étape
account-second-title = Deuxième étape à la connexion
account-second-text = Un code d’une application sur votre téléphone, en plus du mot de passe. Qui apprend votre mot de passe n’entre pas sans lui.
account-second-app-title = Application d’authentification
account-second-app-on = En service
account-second-app-since = Configurée
account-second-app-used = Dernière utilisation
account-second-app-never = pas encore
account-second-app-off = Vous n’avez pas configuré d’application d’authentification.
account-second-app-add = Configurer une application
account-second-app-remove = Retirer l’application
account-second-app-remove-text = Vous vous connecterez sans cette deuxième étape. Les codes de secours et les navigateurs de confiance disparaissent avec la dernière.
account-second-app-required = Une deuxième étape est obligatoire pour votre compte. Configurez une clé d’accès avant de retirer l’application.
account-second-setup-title = Configurer une application d’authentification
account-second-setup-submit = Configurer
account-second-codes-title = Codes de secours
account-second-codes-left = { $left ->
    [0] Il ne vous en reste aucun. Créez-en de nouveaux, pour pouvoir entrer si vous perdez votre deuxième étape.
    [one] Il vous en reste { $left }.
   *[other] Il vous en reste { $left }.
}
account-second-codes-none = Ils vous permettent d’entrer si vous perdez votre deuxième étape. Configurez-la d’abord.
account-second-codes-make = Créer de nouveaux codes
account-second-codes-make-text = Les anciens ne seront plus valables.
account-second-codes-shown-title = Vos nouveaux codes de secours
account-second-codes-shown-back = Je les ai conservés
account-second-devices-title = Navigateurs de confiance
account-second-devices-text = La deuxième étape ne leur est pas demandée à la connexion.
account-second-devices-none = Vous ne faites confiance à aucun navigateur.
account-second-devices-this = Ce navigateur
account-second-devices-since = De confiance
account-second-devices-ends = se termine
account-second-devices-forget = Oublier
account-second-devices-forget-all = Tous les oublier
account-saved-app-added = L’application d’authentification est configurée.
account-saved-app-removed = L’application d’authentification est retirée.
account-saved-device-forgotten = Ce navigateur n’est plus de confiance.
account-saved-devices-forgotten = Plus aucun navigateur n’est de confiance.

error-second-factor-required-title = La dernière deuxième étape reste
error-second-factor-required-text = Une deuxième étape est obligatoire pour votre compte, et vous n’avez que celle-ci.
error-second-factor-required-remedy = Configurez-en d’abord une autre.

event-totp-added = Application d’authentification configurée
event-totp-removed = Application d’authentification retirée
event-recovery-codes-made = Codes de secours créés
event-recovery-codes-used = Code de secours utilisé
event-device-trusted = Navigateur de confiance ajouté
event-device-forgotten = Navigateur de confiance retiré
event-second-factors-reset = Toutes les deuxièmes étapes retirées par l’opérateur
event-reason-wrong-code = Quelqu’un a essayé un mauvais code de la deuxième étape
event-reason-wrong-recovery-code = Quelqu’un a essayé un mauvais code de secours
mail-notice-second-factors-reset-subject = Les deuxièmes étapes de votre compte ont été retirées
mail-notice-second-factors-reset-text = Les responsables de ce service ont retiré de votre compte l’application d’authentification, les clés d’accès et les codes de secours, et vous ont déconnecté partout.
