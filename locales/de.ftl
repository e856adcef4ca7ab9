### The texts for users in German.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] in { $count } s
        [minute] in { $count } Min.
        [hour] in { $count } Std.
       *[unknown] später
    }

problem-unreadable-body = Wir konnten das Formular nicht lesen. Bitte versuchen Sie es noch einmal.
problem-headers-too-large = Ihr Browser hat zu viele Daten gesendet. Bitte löschen Sie die Cookies dieser Website und versuchen Sie es noch einmal.
problem-body-too-large = Das Formular ist zu lang. Bitte kürzen Sie Ihre Eingaben.
problem-unsupported-media-type = Wir konnten das Formular nicht lesen.
problem-invalid-idempotency-key = Bei uns ist etwas schiefgegangen.
problem-idempotency-key-reused = Dieses Formular wurde schon mit anderen Angaben gesendet. Bitte laden Sie die Seite neu.
problem-request-in-progress = Wir arbeiten noch daran. Bitte versuchen Sie es { wait } noch einmal.
problem-not-found = Diese Seite gibt es nicht.
problem-method-not-allowed = Das ist hier nicht möglich.
problem-invalid-registration = Bitte prüfen Sie einige Angaben noch einmal.
problem-registration-rejected = Wir können dieses Konto nicht anlegen.
problem-account-exists = Zu diesen Angaben gibt es schon ein Konto. Melden Sie sich an, oder fordern Sie einen neuen Code an, falls es noch nicht bestätigt ist.
problem-invalid-code = Dieser Code funktioniert nicht. Bitte prüfen Sie ihn, oder fordern Sie einen neuen an.
problem-expired-code = Dieser Code funktioniert nicht. Bitte fordern Sie einen neuen an.
problem-confirmation-uncertain = Ihr Konto ist vielleicht schon bestätigt. Bitte versuchen Sie, sich anzumelden.
problem-too-many-requests = Zu viele Anfragen. Bitte versuchen Sie es { wait } noch einmal.
problem-too-many-attempts = Zu viele Versuche. Bitte versuchen Sie es { wait } noch einmal.
problem-proof-required = Bitte bestätigen Sie, dass Sie ein Mensch sind.
problem-not-human = Wir konnten nicht feststellen, dass Sie ein Mensch sind. Bitte versuchen Sie es noch einmal.
problem-sign-up-closed = Zurzeit können hier keine neuen Konten angelegt werden.
problem-blocked = Diese Anfrage wurde blockiert.
problem-cross-site = Dieses Formular funktioniert auf dieser Website nicht.
problem-busy = Im Moment ist viel los. Bitte versuchen Sie es { wait } noch einmal.
problem-unavailable = Die Registrierung ist im Moment nicht verfügbar. Bitte versuchen Sie es { wait } noch einmal.
problem-misconfigured = Bei uns ist etwas nicht in Ordnung. Bitte versuchen Sie es später noch einmal.
problem-delivery-failed = Wir konnten Ihnen keinen Code senden. Bitte versuchen Sie es { wait } noch einmal.
problem-hook-failed = Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal.
problem-upstream-failed = Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal.
problem-upstream-timeout = Das dauert zu lange. Bitte versuchen Sie es noch einmal.
problem-internal = Bei uns ist etwas schiefgegangen.

## Violations.

violation-required = Bitte füllen Sie dieses Feld aus.
    .attributes-birthdate = Geben Sie Ihr Geburtsdatum an.
    .attributes-family_name = Geben Sie Ihren Nachnamen an.
    .attributes-given_name = Geben Sie Ihren Vornamen an.
    .attributes-name = Geben Sie Ihren Namen an.
    .code = Geben Sie den Code ein, den Sie erhalten haben.
    .email = Geben Sie Ihre E-Mail-Adresse ein.
    .password = Wählen Sie ein Passwort.
    .phone_number = Geben Sie Ihre Telefonnummer ein.
    .username = Geben Sie einen Benutzernamen ein.
    .username-email = Geben Sie Ihre E-Mail-Adresse ein.
    .username-phone_number = Geben Sie Ihre Telefonnummer ein.
violation-not_allowed = Das kann hier nicht angegeben werden.
violation-unknown_field = Dieses Feld gibt es nicht.
violation-unknown_field-suggestion = Dieses Feld gibt es nicht. Meinten Sie { $suggestion }?
violation-empty_body = Das Formular ist leer.
violation-invalid_json = Das Formular ist in Zeile { $line }, Spalte { $column } kein gültiges JSON.
violation-duplicate_key = Das ist doppelt angegeben.
violation-wrong_type =
    { $expected ->
        [object] Das muss ein JSON-Objekt sein.
       *[string] Das muss ein Text sein.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] Verwenden Sie mindestens { $min } Zeichen.
        [one] Verwenden Sie mindestens { $min } Zeichen.
        [two] Verwenden Sie mindestens { $min } Zeichen.
        [few] Verwenden Sie mindestens { $min } Zeichen.
        [many] Verwenden Sie mindestens { $min } Zeichen.
        [other] Verwenden Sie mindestens { $min } Zeichen.
       *[unknown] Verwenden Sie mehr Zeichen.
    }
violation-too_long = Verwenden Sie höchstens { $max } Zeichen.
violation-too_many = Geben Sie höchstens { $max } Einträge an.
violation-invalid_format = Das sieht nicht richtig aus. Bitte prüfen Sie es.
    .code = Geben Sie den Code mit { $length } Ziffern ein.
violation-not_an_option = Wählen Sie einen dieser Werte: { $options }.
violation-control_character = Lassen Sie Zeichen weg, die man nicht tippen kann.
violation-direction_character = Lassen Sie Zeichen weg, die die Schreibrichtung ändern.
violation-white_space = Lassen Sie die Leerzeichen am Anfang und am Ende weg.
    .password = Ein Passwort kann nicht mit einem Leerzeichen beginnen oder enden.
violation-contains_url = Lassen Sie Webadressen weg.
violation-invalid_email = Geben Sie eine E-Mail-Adresse wie name@example.com ein.
violation-undeliverable_email = An diese Adresse kann keine E-Mail zugestellt werden. Geben Sie eine an, die Sie lesen.
violation-domain_not_allowed = Adressen dieser Domain sind hier nicht zugelassen. Geben Sie eine andere an.
violation-disposable_domain = Wegwerfadressen sind hier nicht zugelassen. Geben Sie eine an, die Sie behalten.
violation-misspelled_domain = Meinten Sie { $suggestion }? Bitte prüfen Sie den Teil nach dem @.
violation-invalid_phone_number = Geben Sie eine Telefonnummer mit Ländervorwahl ein, zum Beispiel +44 7400 123456.
violation-calling_code_not_allowed = Nummern dieses Landes sind hier nicht zugelassen. Geben Sie eine andere an.
violation-phone_number_not_mobile = Geben Sie die Nummer eines Mobiltelefons an, das SMS empfangen kann.
violation-invalid_username = Verwenden Sie Buchstaben, Ziffern und Satzzeichen, ohne Leerzeichen.
violation-looks_like_email = Wählen Sie einen Namen, der keine E-Mail-Adresse ist.
violation-looks_like_phone_number = Wählen Sie einen Namen, der keine Telefonnummer ist.
violation-missing_recipient = Geben Sie eine E-Mail-Adresse oder eine Telefonnummer an.
violation-needs_uppercase = Fügen Sie einen Großbuchstaben hinzu (A bis Z).
violation-needs_lowercase = Fügen Sie einen Kleinbuchstaben hinzu (a bis z).
violation-needs_number = Fügen Sie eine Ziffer hinzu.
violation-needs_symbol = Fügen Sie ein Sonderzeichen hinzu, zum Beispiel ! oder ?
violation-contains_username = Wählen Sie ein Passwort, das weder Ihren Benutzernamen noch Ihre E-Mail-Adresse oder Telefonnummer enthält.
violation-too_weak = Dieses Passwort ist leicht zu erraten. Verwenden Sie mehr oder seltenere Wörter.
violation-breached = Dieses Passwort ist in einem Datenleck einer anderen Website aufgetaucht. Wählen Sie eines, das Sie nirgendwo sonst verwenden.
violation-weak_password = Wählen Sie ein anderes, längeres Passwort.
violation-invalid_birthdate = Geben Sie ein Geburtsdatum wie 1990-12-31 ein.
violation-invalid_locale = Geben Sie eine Sprache wie en oder pt-BR ein.
violation-invalid_zoneinfo = Geben Sie eine Zeitzone wie Europe/Paris ein.
violation-invalid_url = Geben Sie eine Webadresse wie https://example.com ein.
violation-invalid_number = Geben Sie eine ganze Zahl ein.
violation-invalid_value = Diese Angabe wurde nicht angenommen. Bitte prüfen Sie sie.
violation-taken = Dazu gibt es schon ein Konto.
    .email = Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich an, oder fordern Sie einen neuen Code an, falls Sie es noch nicht bestätigt haben.
    .phone_number = Zu dieser Telefonnummer gibt es schon ein Konto. Melden Sie sich an, oder fordern Sie einen neuen Code an, falls Sie es noch nicht bestätigt haben.
    .username = Dieser Benutzername ist vergeben. Wählen Sie einen anderen, oder melden Sie sich an, wenn es Ihrer ist.
violation-limit_exceeded = Dazu gab es zu viele Anfragen.
    .email = Zu dieser E-Mail-Adresse gab es zu viele Anfragen.
    .phone_number = Zu dieser Telefonnummer gab es zu viele Anfragen.
    .username = Zu diesem Benutzernamen gab es zu viele Anfragen.
    .username-email = Zu dieser E-Mail-Adresse gab es zu viele Anfragen.
    .username-phone_number = Zu dieser Telefonnummer gab es zu viele Anfragen.
violation-consent_required = Bitte lesen Sie dies und stimmen Sie zu.
violation-consent_outdated = Dieses Dokument hat sich geändert. Bitte lesen Sie die aktuelle Fassung und stimmen Sie ihr zu.

## Labels and hints.

label-username = Benutzername
label-email = E-Mail-Adresse
label-phone_number = Telefonnummer
label-password = Passwort
label-name = Vollständiger Name
label-given_name = Vorname
label-family_name = Nachname
label-middle_name = Zweiter Vorname
label-nickname = Spitzname
label-preferred_username = Anzeigename
label-profile = Profilseite
label-picture = Bild
label-website = Website
label-gender = Geschlecht
label-birthdate = Geburtsdatum
label-zoneinfo = Zeitzone
label-locale = Sprache
label-address = Anschrift
label-updated_at = Zeit der letzten Änderung
hint-phone_number = Mit Ländervorwahl, zum Beispiel +44 7400 123456.
hint-picture = Die Adresse eines Bildes, zum Beispiel https://example.com/ich.jpg.
hint-zoneinfo = Zum Beispiel Europe/Paris.
hint-locale = Zum Beispiel en oder pt-BR.

## The sign-up page.

page-title = Konto anlegen
page-register = Konto anlegen
page-optional = (freiwillig)
page-choose = Bitte wählen
page-check = Bitte prüfen Sie dies.
page-show-password = Anzeigen
page-consent = Ich stimme zu: { "{title}" }
page-code = Code eingeben
page-code-intro = Wir haben Ihnen einen Code gesendet. Geben Sie ihn hier ein, um Ihr Konto zu bestätigen.
page-code-destination = Wir haben einen Code an { "{destination}" } gesendet. Geben Sie ihn hier ein, um Ihr Konto zu bestätigen.
page-code-label = Code
page-confirm = Bestätigen
page-resend = Neuen Code senden
page-resend-in = Neuen Code senden (in { "{time}" })
page-resent = Wir haben einen neuen Code gesendet. Frühere Codes gelten nicht mehr.
page-undelivered = Ihr Code konnte nicht gesendet werden. Fordern Sie einen neuen an.
page-start-over = Andere Angaben verwenden
page-done = Ihr Konto ist bestätigt
page-done-text = Sie können sich jetzt anmelden.
page-sign-in = Anmelden
page-reset = Passwort zurücksetzen
page-waiting = Ihr Konto muss freigegeben werden
page-waiting-text = Sobald es freigegeben ist, können Sie sich anmelden.
page-offline = Sie sind anscheinend offline. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.
page-unexpected = Etwas ist schiefgegangen. Bitte versuchen Sie es noch einmal.
page-no-script = Diese Seite braucht JavaScript. Bitte schalten Sie es ein und laden Sie die Seite neu.
