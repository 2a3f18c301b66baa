# The sign-in page beyond the password.

login-recover = Mot de passe oublié ?
login-other-name = Ce n’est pas vous ?
login-or = ou
login-way-mail = Recevoir un lien de connexion par e-mail
login-way-upstream = Continuer avec { $provider }
login-last-used = Dernière utilisation
login-new = Nouveau ici ?
login-register = Créer un compte
login-choose = Quelqu’un est déjà connecté ici

error-account-closed-title = Ce compte ne peut pas être utilisé
error-account-closed-text = Vous avez prouvé votre identité, mais le compte a été désactivé ou verrouillé.
error-account-closed-remedy = Si vous l’avez verrouillé vous-même, utilisez le lien reçu par e-mail. Sinon, adressez-vous aux responsables de ce service.
