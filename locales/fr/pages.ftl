# Les mots de toutes les pages en français. L’anglais fait référence pour les clés.

product-name = Doorward
language = Langue
help = Aide
privacy = Confidentialité
continue = Continuer
back-to = Retour vers { $app }
back-home = Aller à la page d’accueil
sign-in-again = Se reconnecter
field-optional = (facultatif)
password-show = Afficher
password-hide = Masquer
app-policy = Confidentialité
app-terms = Conditions

## Connexion

login-title = Connexion
login-continue-to = Continuer vers { $app }
login-username = Identifiant ou e-mail
login-password = Mot de passe
login-submit = Se connecter
login-reason-reauthenticate = Veuillez confirmer que c’est bien vous.
login-reason-expired = Votre session est terminée. Veuillez vous reconnecter.
login-reason-switch = Connectez-vous avec le compte que vous souhaitez utiliser.
login-reason-closed = Ici, l’exploitant crée les comptes. Connectez-vous avec le vôtre.

login-error-credentials = Identifiant ou mot de passe incorrect.
login-error-missing-username = Veuillez saisir votre identifiant.
login-error-missing-password = Veuillez saisir votre mot de passe.
login-error-throttled = { $seconds ->
    [one] Trop de tentatives. Attendez { $seconds } seconde.
   *[other] Trop de tentatives. Attendez { $seconds } secondes.
  }
login-error-throttled-minutes = { $minutes ->
    [one] Trop de tentatives. Attendez { $minutes } minute.
   *[other] Trop de tentatives. Attendez { $minutes } minutes.
  }
login-error-busy = Service très sollicité. Réessayez bientôt.

choose-title = Choisissez un compte
choose-other = Utiliser un autre compte

## Consentement

consent-title = { $app } demande l’accès
consent-signed-in-as = Connecté en tant que
consent-about-you = L’application verra
consent-may-do = L’application pourra
consent-allow = Autoriser
consent-deny = Refuser
consent-revoke = Vous pouvez revenir sur ce choix à tout moment :
consent-revoke-link = applications autorisées
consent-not-you = Vous n’êtes pas { $name } ?
consent-switch = Utiliser un autre compte

scope-openid-title = Qui vous êtes
scope-openid-detail = Un identifiant qui représente votre compte
scope-profile-title = Votre profil
scope-profile-detail = Nom, identifiant, photo, langue et fuseau horaire
scope-email-title = Votre adresse e-mail
scope-email-detail = L’adresse, et si elle est confirmée
scope-address-title = Votre adresse postale
scope-address-detail = L’adresse de votre profil
scope-phone-title = Votre numéro de téléphone
scope-phone-detail = Le numéro, et s’il est confirmé
scope-groups-title = Vos groupes
scope-groups-detail = Les noms des groupes auxquels vous appartenez
scope-offline_access-title = Conserver l’accès
scope-offline_access-detail = L’accès demeure après votre déconnexion, jusqu’à ce que vous le retiriez
scope-other-title = Utiliser « { $scope } »
scope-other-detail = Une autorisation de { $resource }

## Déconnexion

logout-title = Se déconnecter ?
logout-text = Vous serez déconnecté de ce navigateur. Certaines applications peuvent garder leur propre session jusqu’à ce que vous les quittiez.
logout-text-app = { $app } demande à vous déconnecter de ce navigateur. Les autres applications peuvent garder leur propre session jusqu’à ce que vous les quittiez.
logout-submit = Se déconnecter
logout-cancel = Rester connecté
logged-out-title = Vous êtes déconnecté
logged-out-text = Sur un ordinateur partagé, fermez aussi la fenêtre du navigateur.
logout-kept-title = Vous êtes toujours connecté
logout-kept-text = Rien n’a changé.

form-post-title = Retour à l’application
form-post-text = Si rien ne se passe, utilisez le bouton.

## Premier administrateur

setup-title = Créer le premier administrateur
setup-text = Ce compte gère les personnes et les applications. Le lien que vous avez suivi ne sert qu’une fois.
setup-email = Adresse e-mail
setup-username = Identifiant
setup-username-hint = Lettres, chiffres, point, tiret et tiret bas
setup-name = Nom complet
setup-password = Mot de passe
setup-password-hint = Au moins { $min } caractères
setup-submit = Créer l’administrateur
setup-error-taken = L’identifiant ou l’adresse appartient déjà à quelqu’un.
setup-done-title = C’est prêt
setup-done-text = L’administrateur { $username } est créé. Vous pouvez vous connecter.

## Accueil

home-signed-out-title = Une seule connexion pour toutes vos applications
home-signed-out-text = Ouvrez l’une de vos applications, ou connectez-vous d’abord ici.
home-signed-in-title = Vous êtes connecté
home-signed-in-text = Les applications qui utilisent cette page vous reconnaîtront sans rien redemander.
home-sign-in = Se connecter
home-sign-out = Se déconnecter
home-demo = Essayer l’application de démonstration

## Erreurs : ce qui s’est passé, pourquoi, que faire

error-prefix = Erreur :
error-reference = Référence :
error-details = Détails pour les développeurs de l’application
error-retry-after = { $seconds ->
    [one] Réessayez dans { $seconds } seconde.
   *[other] Réessayez dans { $seconds } secondes.
  }
error-retry-after-minutes = { $minutes ->
    [one] Réessayez dans { $minutes } minute.
   *[other] Réessayez dans { $minutes } minutes.
  }

error-unknown-client-title = Nous ne connaissons pas cette application
error-unknown-client-text = L’application qui vous envoie n’est pas enregistrée auprès de cette page de connexion.
error-unknown-client-remedy = Vérifiez l’adresse de départ. Si elle est correcte, prévenez les responsables de l’application.
error-client-disabled-title = Cette application est désactivée
error-client-disabled-text = Un administrateur a suspendu la connexion pour l’application qui vous envoie.
error-client-disabled-remedy = Si vous en avez besoin, adressez-vous à votre administrateur.
error-redirect-uri-missing-title = L’application n’a pas donné d’adresse de retour
error-redirect-uri-missing-text = L’application vous envoie sans dire où vous renvoyer ensuite.
error-redirect-uri-missing-remedy = Rien n’a été transmis. Prévenez les responsables de l’application.
error-redirect-uri-mismatch-title = L’adresse de retour ne correspond pas
error-redirect-uri-mismatch-text = L’application veut vous renvoyer vers une adresse qui n’est pas enregistrée pour elle. Pour vous protéger, nous nous arrêtons ici.
error-redirect-uri-mismatch-remedy = Rien n’a été transmis. Prévenez les responsables de l’application : son adresse de retour exacte doit être enregistrée.
error-invalid-request-title = La demande de l’application n’est pas valable
error-invalid-request-text = L’application vous envoie avec une demande que nous ne pouvons pas accepter.
error-invalid-request-remedy = Retournez à l’application et réessayez. Si cela se reproduit, prévenez ses responsables.
error-request-not-supported-title = La demande de l’application n’est pas prise en charge
error-request-not-supported-text = La demande utilise une fonction qui n’existe pas ici.
error-request-not-supported-remedy = Prévenez les responsables de l’application ; les détails ci-dessous leur seront utiles.
error-flow-expired-title = Cette connexion a pris trop de temps
error-flow-expired-text = Pour votre sécurité, une connexion doit être terminée en quelques minutes. Celle-ci a expiré ou a déjà servi.
error-flow-expired-remedy = Retournez à l’application et recommencez.
error-flow-other-browser-title = Cette connexion a commencé ailleurs
error-flow-other-browser-text = La page est ouverte dans un autre navigateur que celui du départ, ou les cookies sont bloqués.
error-flow-other-browser-remedy = Autorisez les cookies pour ce site, retournez à l’application et recommencez dans ce navigateur.
error-csrf-title = Cette page n’est plus à jour
error-csrf-text = Le formulaire venait d’une ancienne page ou d’un autre site ; nous ne l’avons pas accepté.
error-csrf-remedy = Revenez en arrière, rechargez la page et réessayez. Les cookies doivent être autorisés pour ce site.
error-session-title = Votre session est terminée
error-session-text = Vous avez été déconnecté, ou vous êtes resté inactif trop longtemps.
error-session-remedy = Reconnectez-vous pour continuer.
error-busy-title = Il y a beaucoup de monde en ce moment
error-busy-text = Nous ne pouvons pas traiter votre demande à cet instant. Rien n’est perdu.
error-busy-remedy = Veuillez réessayer.
error-throttled-title = Trop de tentatives
error-throttled-text = Nous avons reçu trop de demandes de votre part en peu de temps.
error-throttled-remedy = Veuillez patienter un peu.
error-not-found-title = Il n’y a rien ici
error-not-found-text = Cette page n’existe pas, ou n’existe plus.
error-not-found-remedy = Vérifiez l’adresse, ou retournez à l’application d’où vous venez.
error-method-not-allowed-title = Cela ne fonctionne pas ainsi
error-method-not-allowed-text = L’adresse existe, mais ne peut pas être ouverte de cette façon.
error-method-not-allowed-remedy = Retournez à l’application d’où vous venez et recommencez.
error-too-large-title = C’était trop
error-too-large-text = La demande dépasse la taille que nous acceptons.
error-too-large-remedy = Revenez en arrière et réessayez avec moins de texte.
error-unsupported-media-type-title = Nous n’avons pas pu lire le formulaire
error-unsupported-media-type-text = La demande est arrivée dans un format que cette page n’accepte pas.
error-unsupported-media-type-remedy = Revenez en arrière, rechargez la page et réessayez.
error-forbidden-title = Vous n’y êtes pas autorisé
error-forbidden-text = Votre compte n’a pas ce droit.
error-forbidden-remedy = Si vous en avez besoin, adressez-vous à votre administrateur.
error-timeout-title = Cela a pris trop de temps
error-timeout-text = La demande n’a pas été terminée à temps.
error-timeout-remedy = Veuillez réessayer.
error-internal-title = Un problème est survenu de notre côté
error-internal-text = Nous n’avons pas pu terminer, et vous n’y êtes pour rien.
error-internal-remedy = Veuillez réessayer. Si cela se reproduit, donnez à votre administrateur la référence ci-dessous.
error-database-title = Nous ne sommes pas disponibles pour le moment
error-database-text = Le service de connexion n’atteint pas ses données. Rien n’est perdu.
error-database-remedy = Veuillez réessayer dans un instant.
error-setup-used-title = L’installation est terminée
error-setup-used-text = Le premier administrateur existe déjà, et ce lien ne sert qu’une fois.
error-setup-used-remedy = Connectez-vous avec ce compte.
error-setup-invalid-title = Ce lien d’installation n’est pas valable
error-setup-invalid-text = Le lien est incomplet, ou date d’un démarrage précédent du serveur.
error-setup-invalid-remedy = Utilisez le lien le plus récent affiché par le serveur à son démarrage.
error-logout-hint-title = Nous n’avons pas pu vérifier cette déconnexion
error-logout-hint-text = L’application a demandé votre déconnexion avec un jeton que nous ne pouvons pas accepter.
error-logout-hint-remedy = Vous êtes toujours connecté. Vous pouvez vous déconnecter depuis la page d’accueil.
error-logout-redirect-title = Nous ne pouvons pas vous renvoyer
error-logout-redirect-text = L’adresse où l’application veut vous envoyer après la déconnexion n’est pas enregistrée pour elle.
error-logout-redirect-remedy = Prévenez les responsables de l’application : son adresse exacte doit être enregistrée.

## Application de démonstration (seulement avec `doorward dev`)

demo-title = Application de démonstration
demo-note = Ces pages font partie de doorward dev et n’existent pas dans une véritable installation.
demo-index-title = Une connexion, pas à pas
demo-index-text = Voici une petite application qui connecte les personnes avec Doorward, comme le fera la vôtre : avec le flux « authorization code » et PKCE. Elle montre chaque demande et chaque réponse.
demo-sign-in-with = Se connecter avec { -brand }
demo-apps-title = 1. Choisissez une application
demo-apps-text = Connectez-vous à la première, puis à la seconde : le mot de passe ne vous sera pas redemandé.
demo-people-title = 2. Connectez-vous en tant que
demo-people-text = Ces comptes n’existent que dans cette base de développement.
demo-person-username = Identifiant
demo-person-password = Mot de passe
demo-next-title = 3. Lisez ce qui s’est passé
demo-next-text = Après la connexion, vous revenez ici et voyez les jetons, leur contenu et toutes les demandes. De là, essayez userinfo, le renouvellement, l’introspection et la déconnexion.
demo-discovery = Ce que le serveur dit de lui-même
demo-steps-title = Ce qui s’est passé
demo-request = Demande
demo-response = Réponse
demo-tokens-title = Jetons
demo-token-header = En-tête
demo-token-claims = Contenu (claims)
demo-token-raw = Tel qu’envoyé
demo-actions-title = Et ensuite ?
demo-action-userinfo = Interroger userinfo
demo-action-refresh = Renouveler les jetons
demo-action-introspect = Faire vérifier le jeton d’accès
demo-action-revoke = Révoquer le jeton de renouvellement
demo-action-logout = Se déconnecter
demo-action-login = Se reconnecter
demo-action-other = Se connecter à l’autre application
demo-action-silent = Connexion silencieuse (prompt=none)
demo-action-start = Recommencer
demo-error-title = L’application de démonstration s’est arrêtée ici
demo-title-signed-in = { $name } est connecté(e)
demo-title-somebody = Vous êtes connecté(e)
demo-title-signed-out = Vous êtes déconnecté(e)
demo-title-stopped = La connexion n’a pas abouti
demo-title-begun = La connexion a commencé
demo-app-first-text = Une application web avec serveur : un client confidentiel avec jetons de renouvellement. Elle demande votre accord.
demo-app-second-text = Une seconde application, sans secret à elle : un client public, de confiance pour l’exploitant. Elle montre la connexion unique.
demo-token-id = Jeton d’identité
demo-token-id-text = Dit à l’application qui s’est connecté, comment et quand. Il n’est destiné qu’à elle.
demo-token-access = Jeton d’accès
demo-token-access-text = Ouvre userinfo et l’API de démonstration. Une application le transmet sans avoir à le lire ; il est décodé ici pour être vu.
demo-token-refresh = Jeton de renouvellement
demo-token-refresh-text = Obtient de nouveaux jetons sans la personne. Seul le serveur peut le lire.
demo-fault-access-denied = Vous avez refusé. L’application n’obtient rien et doit s’en passer.
demo-fault-login-required = Personne n’est connecté, et prompt=none interdit de demander.
demo-fault-consent-required = Vous n’avez encore rien autorisé à cette application, et prompt=none interdit de demander.
demo-fault-interaction-required = Il faudrait vous demander quelque chose, et prompt=none l’interdit.
demo-fault-invalid-grant = Le code ou le jeton de renouvellement a déjà servi, a été révoqué ou est trop ancien.
demo-fault-description = Le serveur dit : « { $text } »
demo-fault-state = Cette réponse n’appartient à aucune connexion commencée par cette application dans ce navigateur ; elle l’ignore. Recommencez.
demo-fault-iss = La réponse nomme un autre serveur que celui interrogé ; l’application l’ignore.
demo-fault-id-token = Le jeton d’identité n’est pas valable : { $cause }
demo-fault-no-answer = Le serveur n’a pas répondu comme prévu : { $cause }

demo-step-authorize-title = L’application envoie le navigateur se connecter
demo-step-authorize-text = Elle invente un state, un nonce et un vérificateur PKCE, les garde, et n’envoie que l’empreinte du vérificateur.
demo-step-callback-title = Le navigateur revient avec un code
demo-step-callback-text = L’application vérifie que state vient d’elle et que iss désigne le serveur interrogé. Le code vit une minute et ne sert qu’une fois.
demo-step-token-title = L’application échange le code
demo-step-token-text = De serveur à serveur, avec le vérificateur PKCE : celui qui aurait volé le code ne pourrait pas s’en servir.
demo-step-id-token-title = L’application vérifie le jeton d’identité
demo-step-id-token-text = Signature par les clés publiées, émetteur, destinataire, expiration et nonce. L’application sait maintenant qui est connecté.
demo-step-userinfo-title = L’application en demande plus sur la personne
demo-step-userinfo-text = Avec le jeton d’accès, elle lit ce que ses scopes permettent.
demo-step-refresh-title = L’application renouvelle ses jetons
demo-step-refresh-text = Le jeton de renouvellement est remplacé à chaque usage ; en réutiliser un plus ancien met fin à toute l’autorisation.
demo-step-introspect-title = L’application demande si le jeton compte encore
demo-step-introspect-text = Une API peut faire de même avec un jeton qu’elle a reçu.
demo-step-revoke-title = L’application rend son jeton
demo-step-revoke-text = Ensuite, ni le jeton de renouvellement ni rien de la même autorisation n’est accepté.
demo-step-discovery-title = L’application lit ce que le serveur dit de lui-même
demo-step-discovery-text = Le document de découverte nomme toutes les adresses et ce que sait faire le serveur. L’application ne connaissait que l’émetteur.
demo-step-keys-title = L’application va chercher les clés du serveur
demo-step-keys-text = Les clés publiques qui servent à vérifier les jetons d’identité. Elles changent de temps en temps : une application les lit et ne les fige pas.
demo-step-logout-title = L’application déconnecte la personne auprès du serveur
demo-step-logout-text = Elle envoie le navigateur avec le jeton d’identité comme indication, pour que le serveur n’ait rien à demander, et avec une adresse de retour.
demo-step-logged-out-title = Le navigateur est de retour, déconnecté
demo-step-logged-out-text = Le state est celui que l’application a envoyé. Elle oublie ses jetons ; la session commune du serveur est terminée.
demo-step-error-title = Le serveur a refusé
demo-step-error-text = La réponse nomme l’erreur et, si cela aide, en dit plus.

-brand = Doorward
