# L’espace de compte.

account-title = Votre compte
home-account = Votre compte
account-menu = Menu
save = Enregistrer
cancel = Annuler
remove = Retirer

## Navigation

account-nav-overview = Aperçu
account-nav-profile = Profil
account-nav-emails = Adresses e-mail
account-nav-password = Mot de passe
account-nav-sessions = Appareils
account-nav-apps = Applications autorisées
account-nav-activity = Activité
account-nav-language = Langue
account-nav-data = Vos données
account-nav-delete = Supprimer le compte

## Ce qui vient d’être fait

account-saved-repeat = Merci. Veuillez maintenant refaire ce que vous étiez en train de faire.
account-saved-profile = Votre profil est enregistré.
account-saved-username = Vous avez un nouveau nom d’utilisateur.
account-saved-email-asked = Nous avons envoyé un e-mail. L’adresse sera ajoutée dès que son lien aura été ouvert.
account-saved-email-primary = Les applications verront désormais cette adresse.
account-saved-email-removed = L’adresse est retirée.
account-saved-email-withdrawn = Le lien de l’e-mail n’est plus valable.
account-saved-password = Vous avez un nouveau mot de passe.
account-saved-session-ended = Cet appareil est déconnecté.
account-saved-sessions-ended = Tous les autres appareils sont déconnectés.
account-saved-app-revoked = L’application n’a plus accès.
account-saved-language = Votre langue est enregistrée.

## Moments

time-now = à l’instant
time-minutes-ago = { $n ->
    [one] il y a { $n } minute
   *[other] il y a { $n } minutes
  }
time-in-minutes = { $n ->
    [one] dans { $n } minute
   *[other] dans { $n } minutes
  }
time-hours-ago = { $n ->
    [one] il y a { $n } heure
   *[other] il y a { $n } heures
  }
time-in-hours = { $n ->
    [one] dans { $n } heure
   *[other] dans { $n } heures
  }
time-days-ago = { $n ->
    [one] il y a { $n } jour
   *[other] il y a { $n } jours
  }
time-in-days = { $n ->
    [one] dans { $n } jour
   *[other] dans { $n } jours
  }
time-months-ago = { $n ->
    [one] il y a { $n } mois
   *[other] il y a { $n } mois
  }
time-in-months = { $n ->
    [one] dans { $n } mois
   *[other] dans { $n } mois
  }
time-years-ago = { $n ->
    [one] il y a { $n } an
   *[other] il y a { $n } ans
  }
time-in-years = { $n ->
    [one] dans { $n } an
   *[other] dans { $n } ans
  }

## Aperçu

account-overview-title = Votre compte
account-overview-text = Ce que cette page de connexion sait de vous, et qui peut s’en servir.
account-overview-confirm = Votre adresse e-mail n’est pas encore confirmée.
account-overview-guards = Comment vous vous connectez
account-guard-password-title = Mot de passe
account-guard-password = { $n ->
    [0] non défini
   *[other] défini
  }
account-guard-passkeys-title = Clés d’accès
account-guard-passkeys = { $n ->
    [0] aucune
   *[other] { $n }
  }
account-guard-second-factor-title = Application d’authentification
account-guard-second-factor = { $n ->
    [0] non configurée
   *[other] configurée
  }
account-overview-sessions = { $n ->
    [one] Vous êtes connecté sur cet appareil seulement.
   *[other] Vous êtes connecté sur { $n } appareils.
  }
account-overview-apps = { $n ->
    [0] Aucune application n’a accès.
    [one] Une application a accès.
   *[other] { $n } applications ont accès.
  }

## Profil

account-profile-title = Profil
account-profile-text = Les applications autorisées à voir votre profil apprennent ce qui figure ici. Rien n’est obligatoire.
account-profile-picture-hint = L’adresse d’une photo de vous. Les applications autorisées à voir votre profil peuvent l’afficher.
account-profile-locale-hint = Par exemple fr-CA
account-profile-zoneinfo-hint = Par exemple Europe/Paris
claim-name = Nom complet
claim-given_name = Prénom
claim-family_name = Nom de famille
claim-nickname = Surnom
claim-picture = Photo
claim-website = Site web
claim-locale = Langue et région
claim-zoneinfo = Fuseau horaire
claim-language = Langue des pages et des e-mails
account-error-name-form = 200 caractères ordinaires au plus.
account-error-given-name-form = 200 caractères ordinaires au plus.
account-error-family-name-form = 200 caractères ordinaires au plus.
account-error-nickname-form = 200 caractères ordinaires au plus.
account-error-picture-form = Ce n’est pas une adresse web comme https://alice.example/moi.jpg.
account-error-website-form = Ce n’est pas une adresse web comme https://alice.example.
account-error-locale-form = Ce n’est pas un code de langue comme fr-CA.
account-error-zoneinfo-form = Ce n’est pas un fuseau horaire comme Europe/Paris.
account-username-title = Nom d’utilisateur
account-username-text = Il sert à vous connecter. Les applications peuvent l’afficher.
account-username-submit = Changer le nom d’utilisateur
account-error-username-length = De 1 à 100 caractères.
account-error-username-characters = Lettres, chiffres et . _ - + @ seulement.
account-error-username-scripts = Lettres d’une seule écriture : certaines se ressemblent d’une écriture à l’autre.
account-error-username-id = Cela ressemble à un identifiant interne. Choisissez-en un autre.
account-error-username-address = Un nom avec @ doit être l’une de vos adresses confirmées.
account-error-username-taken = Ce nom d’utilisateur est déjà pris.
account-error-username-throttled = Trop d’essais. Attendez une heure.

## Adresses e-mail

account-emails-title = Adresses e-mail
account-emails-text = Chaque adresse confirmée permet de vous connecter et de réinitialiser votre mot de passe.
account-emails-primary = Principale
account-emails-unproved = Non confirmée
account-emails-username = Votre nom d’utilisateur
account-emails-asked = E-mail envoyé
account-emails-asked-until = Le lien expire
account-emails-again = Renvoyer l’e-mail
account-emails-make-primary = Rendre principale
account-emails-remove-question = Cette adresse ne permettra plus de vous connecter, et un e-mail qui y est envoyé n’ouvrira plus votre compte.
account-emails-remove-submit = Retirer l’adresse
account-emails-add = Ajouter une adresse
account-emails-add-text = Nous y envoyons un lien. Elle est ajoutée dès qu’il est ouvert.
account-emails-add-submit = Envoyer le lien
account-emails-error-form = Ce n’est pas une adresse e-mail.
account-emails-error-theirs = Vous avez déjà cette adresse.
account-emails-error-many = { $most } adresses au plus. Retirez-en une d’abord.
account-emails-error-mails = Beaucoup d’e-mails ont été envoyés à cette adresse. Réessayez dans une heure.
account-emails-error-asked = Vous avez indiqué beaucoup d’adresses récemment. Réessayez dans une heure.
account-emails-error-unproved = Confirmez d’abord cette adresse.
account-emails-error-primary = C’est votre adresse principale. Choisissez-en d’abord une autre.
account-emails-error-username = Cette adresse est votre nom d’utilisateur. Changez-le d’abord.

## Mot de passe

account-password-title = Changer le mot de passe
account-password-first-title = Définir un mot de passe
account-password-text = Choisissez-en un que vous n’utilisez nulle part ailleurs ; un gestionnaire de mots de passe le crée et le retient.
account-password-current = Mot de passe actuel
account-password-new = Nouveau mot de passe
account-password-end-others = Déconnecter tous les autres appareils et les applications qui y étaient connectées
account-password-submit = Enregistrer le mot de passe
account-password-error-current = Ce n’est pas votre mot de passe actuel.
account-password-error-current-missing = Saisissez votre mot de passe actuel.

## Appareils

account-sessions-title = Appareils
account-sessions-text = Navigateurs dans lesquels vous êtes connecté. Si l’un vous est inconnu, déconnectez-le et changez votre mot de passe.
account-sessions-this = Cet appareil
account-sessions-seen = utilisé
account-sessions-started = connecté
account-sessions-all-submit = Déconnecter partout
account-sessions-others = Tous les autres appareils
account-sessions-others-text = Vous déconnecte partout sauf ici. Les applications connectées là perdent leur accès en quelques secondes, sauf celles qui peuvent rester connectées.
account-sessions-others-submit = Déconnecter tous les autres
session-name = { $browser } sur { $system }
session-name-unknown = Navigateur inconnu

## Applications

account-apps-title = Applications autorisées
account-apps-text = Ce que ces applications savent de vous et peuvent faire pour vous. Vous pouvez le retirer à tout moment.
account-apps-none = Aucune application n’a encore accès. Celles où vous vous connectez apparaîtront ici.
account-apps-since = Depuis
account-apps-used = dernière utilisation
account-apps-trusted = Appartient à l’exploitant de cette page de connexion : elle ne demande pas d’autorisation.
account-apps-rights = Ce qu’elle voit et peut faire
account-apps-sees = Elle voit
account-apps-may = Elle peut
account-apps-revoke = Retirer l’accès
account-apps-revoke-question = L’application est déconnectée en quelques secondes et devra vous redemander.
account-apps-revoke-submit = Retirer l’accès maintenant

## Activité

account-activity-title = Activité
account-activity-text = Ce qui est arrivé à votre compte, du plus récent au plus ancien. Si ce n’était pas vous, changez votre mot de passe et déconnectez tous les autres appareils.
account-activity-none = Rien ici.
account-activity-pages = Pages de l’activité
account-activity-older = Plus ancien
account-activity-newest = Plus récent
event-user-created = Compte créé
event-user-disabled = Compte désactivé
event-user-enabled = Compte réactivé
event-user-removed = Compte supprimé
event-user-renamed = Nom d’utilisateur changé
event-administrator-created = Devenu administrateur
event-password-changed = Mot de passe changé
event-session-started = Connexion
event-session-started-again = Identité confirmée de nouveau
event-session-ended = Déconnexion
event-consent-given = Accès accordé à
event-consent-withdrawn = Accès retiré à
event-grant-revoked = Accès terminé
event-grant-code-replayed = Un code a servi deux fois ; l’accès a été coupé
event-grant-refresh-replayed = Un ancien jeton a été réutilisé ; l’accès a été coupé
event-profile-changed = Profil modifié
event-email-asked = Ajout d’une adresse demandé
event-email-primary = Adresse principale changée
event-email-removed = Adresse retirée
event-data-exported = Données téléchargées
event-refused = Refusé
event-email-verified = Adresse e-mail confirmée
event-email-withdrawn = Demande d’adresse retirée
event-invitation-accepted = Invitation acceptée
event-invitation-made = Invitation créée
event-invitation-removed = Invitation retirée
event-upstream-linked = Compte ailleurs lié
event-upstream-unlinked = Compte ailleurs retiré
event-user-locked = Compte bloqué : « ce n’était pas moi »
event-user-unlocked = Compte rouvert
event-reason-wrong-password = Quelqu’un a essayé un mauvais mot de passe
amr-pwd = mot de passe
amr-email = e-mail
amr-otp = application d’authentification
amr-pop = clé
amr-fed = compte ailleurs

## Langue

account-language-title = Langue
account-language-text = La langue des pages et des e-mails.
account-language-browser = Celle que demande mon navigateur

## Vos données

account-data-title = Télécharger vos données
account-data-text = Tout ce qui est enregistré à votre sujet, dans un seul fichier JSON : profil, adresses, appareils, applications, parties publiques de vos clés, et ce qui s’est passé.
account-data-secrets = Il ne contient ni mot de passe ni secret. Il parle pourtant de vous : gardez-le en lieu sûr.
account-data-submit = Télécharger

## La fin du compte

account-delete-title = Supprimer votre compte
account-delete-text = C’est irréversible.
account-delete-goes = Votre profil, vos adresses, mot de passe, clés et appareils sont effacés aussitôt.
account-delete-apps = Les applications sont déconnectées et ne vous connaissent plus ici. Ce qu’elles ont enregistré reste chez elles.
account-delete-stays = Une trace de ce qui s’est passé reste un temps, sous un numéro et sans votre nom.
account-delete-data = Vous voudrez peut-être d’abord une copie :
account-delete-type = Saisissez { $username } pour confirmer
account-delete-error-username = Ce n’est pas votre nom d’utilisateur.
account-delete-submit = Supprimer mon compte
account-delete-last = Vous êtes le seul administrateur. Nommez-en d’abord un autre, vous pourrez ensuite supprimer votre compte.
account-deleted-title = Votre compte est supprimé
account-deleted-text = Tout ce qui était à vous a été effacé.

## L’e-mail à ce sujet

mail-account-deleted-subject = Votre compte a été supprimé
mail-account-deleted-text = Votre compte a été supprimé, comme demandé sur sa page. Tout ce qui était à vous a été effacé.
mail-account-deleted-apps = Les applications ne vous connaissent plus ici. Ce qu’elles ont enregistré reste chez elles.
mail-account-deleted-not-you = Si ce n’était pas vous, prévenez les responsables de cette page de connexion :
