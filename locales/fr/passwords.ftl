# Quels mots de passe suffisent : ce qui ne va pas et que faire.

password-hint = Au moins { $min } caractères ; quelques mots font un bon mot de passe.
password-weak-short = Utilisez au moins { $min } caractères.
password-weak-long = Utilisez au plus { $max } caractères.
password-weak-common = Beaucoup de gens utilisent ce mot de passe. Choisissez-en un à vous.
password-weak-personal = C’est à peine plus qu’un nom. Ajoutez des mots qui n’ont rien à voir avec lui.
password-weak-guessable = C’est facile à deviner. Ajoutez un mot ou deux.
password-weak-breached = Ce mot de passe a été volé à un autre service. Choisissez-en un autre.
