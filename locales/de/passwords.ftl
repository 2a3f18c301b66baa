# Welche Passwörter gut genug sind: was nicht stimmt und was zu tun ist.

password-hint = Mindestens { $min } Zeichen; ein paar Wörter sind ein gutes Passwort.
password-weak-short = Bitte mindestens { $min } Zeichen.
password-weak-long = Bitte höchstens { $max } Zeichen.
password-weak-common = Dieses Passwort verwenden viele. Wählen Sie ein eigenes.
password-weak-personal = Das ist kaum mehr als ein Name. Fügen Sie Wörter hinzu, die nichts damit zu tun haben.
password-weak-guessable = Das ist leicht zu erraten. Fügen Sie ein oder zwei Wörter hinzu.
password-weak-breached = Dieses Passwort wurde bei einem anderen Dienst gestohlen. Wählen Sie ein anderes.
