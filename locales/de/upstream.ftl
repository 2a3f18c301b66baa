# Konten anderswo.

account-nav-linked = Verknüpfte Konten
account-saved-linked = Das Konto ist verknüpft. Sie können sich ab jetzt damit anmelden.
account-saved-unlinked = Die Verknüpfung ist entfernt. Jenes Konto meldet Sie hier nicht mehr an.
back-to-sign-in = Zurück zur Anmeldung

upstream-exists-title = Sie haben schon ein Konto
upstream-exists-text = Hier gibt es ein Konto mit der Adresse { $email }, die laut { $provider } Ihnen gehört.
upstream-exists-next = Melden Sie sich dort einmal an wie gewohnt. Danach werden Sie gefragt, ob { $provider } Sie ab jetzt anmelden darf.
upstream-exists-sign-in = Anmelden
upstream-link-title = { $provider } verknüpfen?
upstream-link-text = Wer sich bei { $provider } mit diesem Konto anmelden kann, kann sich dann auch hier als Sie anmelden.
upstream-link-there = Bei { $provider }
upstream-link-here = Hier
upstream-link-yes = Verknüpfen
upstream-link-no = Jetzt nicht

linked-title = Verknüpfte Konten
linked-text = Konten anderswo, die Sie hier anmelden.
linked-none = Noch keine.
linked-since = Verknüpft
linked-last-used = zuletzt benutzt
linked-remove = Entfernen
linked-remove-question = { $provider } meldet Sie hier dann nicht mehr an. Ihr Konto dort bleibt, wie es ist.
linked-another = Ein weiteres Konto verknüpfen
linked-link = { $provider } verknüpfen
linked-fresh = Sie melden sich zuerst dort an und sehen dann, welches Konto es ist, bevor es verknüpft wird.
linked-no-providers = Der Betreiber dieses Dienstes bietet keine Konten anderswo an.
linked-last-way = Das ist Ihr letzter Weg hinein. Setzen Sie erst ein Passwort oder fügen Sie einen Passkey hinzu, dann entfernen Sie die Verknüpfung.

error-upstream-unavailable-title = { $provider } antwortet nicht
error-upstream-unavailable-text = Die Anmeldung mit { $provider } ist misslungen, weil { $provider } nicht erreichbar war oder zu lange brauchte.
error-upstream-unavailable-remedy = Versuchen Sie es in einer Minute noch einmal, oder melden Sie sich anders an.
error-upstream-untrusted-title = Der Antwort von { $provider } ist nicht zu trauen
error-upstream-untrusted-text = Was von { $provider } kam, beweist nicht, wer Sie sind. Niemand wurde angemeldet.
error-upstream-untrusted-remedy = Versuchen Sie es noch einmal, oder melden Sie sich anders an. Bleibt es dabei, nennen Sie dem Betreiber die Kennung unten.
error-upstream-denied-title = { $provider } hat Sie nicht angemeldet
error-upstream-denied-text = Sie haben abgelehnt, oder { $provider } hat sich geweigert.
error-upstream-denied-remedy = Versuchen Sie es noch einmal, oder melden Sie sich anders an.
error-upstream-over-title = Diese Anmeldung ist vorbei
error-upstream-over-text = Die Antwort der anderen Website kam zweimal, zu spät, oder gehört zu einer anderen Anmeldung.
error-upstream-over-remedy = Gehen Sie zur App zurück und beginnen Sie von vorn.
error-upstream-unverified-title = { $provider } hat Ihre Adresse nicht bestätigt
error-upstream-unverified-text = Nur ein Konto mit bestätigter E-Mail-Adresse kann hier zum ersten Mal benutzt werden.
error-upstream-unverified-remedy = Bestätigen Sie Ihre Adresse bei { $provider } und versuchen Sie es noch einmal. Haben Sie hier ein Konto, melden Sie sich dort an und verknüpfen Sie { $provider } in Ihrem Konto.
error-upstream-domain-title = Dieses Konto bei { $provider } kann hier nicht benutzt werden
error-upstream-domain-text = Der Betreiber dieses Dienstes lässt nur Konten bestimmter Organisationen zu.
error-upstream-domain-remedy = Melden Sie sich mit einem anderen Konto oder auf anderem Weg an.
error-upstream-no-account-title = Sie haben hier noch kein Konto
error-upstream-no-account-text = { $provider } kennt Sie, aber kein Konto hier ist damit verknüpft, und Konten entstehen hier nicht von selbst.
error-upstream-no-account-remedy = Bitten Sie den Betreiber dieses Dienstes um ein Konto. Haben Sie eines, melden Sie sich dort an und verknüpfen Sie { $provider }.
error-upstream-address-title = Ihre Adresse bei { $provider } geht hier nicht
error-upstream-address-text = Sie ist so geschrieben, dass dieser Dienst sie nicht annimmt.
error-upstream-address-remedy = Melden Sie sich anders an, oder benutzen Sie bei { $provider } eine andere Adresse.
error-upstream-linked-elsewhere-title = Dieses Konto gehört schon jemandem
error-upstream-linked-elsewhere-text = Das Konto bei { $provider } meldet hier eine andere Person an.
error-upstream-linked-elsewhere-remedy = Gehören beide Ihnen, melden Sie sich mit { $provider } an und entfernen Sie dort zuerst die Verknüpfung.
error-upstream-not-anew-title = { $provider } zeigt nicht, dass Sie hier sind
error-upstream-not-anew-text = Für diesen Schritt zeigen Sie noch einmal, wer Sie sind. { $provider } hat geantwortet, ohne zu sagen, dass Sie sich dort gerade angemeldet haben.
error-upstream-not-anew-remedy = { $ways ->
    [password] Melden Sie sich stattdessen mit Ihrem Passwort an.
    [mail] Melden Sie sich stattdessen per E-Mail an: Sie bekommen einen Link und einen Code.
    [none] Melden Sie sich bei { $provider } ab, kommen Sie zurück und melden Sie sich dort neu an.
   *[both] Melden Sie sich stattdessen mit Ihrem Passwort oder per E-Mail an.
  }
