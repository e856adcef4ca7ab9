### The texts for users in Dutch.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] over { $count } sec.
        [minute] over { $count } min.
        [hour] over { $count } uur
       *[unknown] later
    }

problem-unreadable-body = We konden dit formulier niet lezen. Probeer het opnieuw.
problem-headers-too-large = Je browser stuurde te veel gegevens. Verwijder de cookies van deze site en probeer het opnieuw.
problem-body-too-large = Dit formulier is te lang. Maak korter wat je hebt ingevuld.
problem-unsupported-media-type = We konden dit formulier niet lezen.
problem-invalid-idempotency-key = Er ging bij ons iets mis.
problem-idempotency-key-reused = Dit formulier is al met andere gegevens verstuurd. Laad de pagina opnieuw.
problem-request-in-progress = We zijn er nog mee bezig. Probeer het { wait } opnieuw.
problem-not-found = Deze pagina bestaat niet.
problem-method-not-allowed = Dat kan hier niet.
problem-invalid-registration = Controleer een paar gegevens nog eens.
problem-registration-rejected = We kunnen dit account niet aanmaken.
problem-account-exists = Er is al een account met deze gegevens. Log in, of vraag een nieuwe code aan als het nog niet bevestigd is.
problem-invalid-code = Deze code werkt niet. Controleer de code of vraag een nieuwe aan.
problem-expired-code = Deze code werkt niet. Vraag een nieuwe aan.
problem-confirmation-uncertain = Je account is misschien al bevestigd. Probeer in te loggen.
problem-too-many-requests = Te veel verzoeken. Probeer het { wait } opnieuw.
problem-too-many-attempts = Te veel pogingen. Probeer het { wait } opnieuw.
problem-proof-required = Bevestig dat je een mens bent.
problem-not-human = We konden niet vaststellen dat je een mens bent. Probeer het opnieuw.
problem-sign-up-closed = Op dit moment kunnen hier geen nieuwe accounts worden aangemaakt.
problem-blocked = Dit verzoek is geblokkeerd.
problem-cross-site = Dit formulier werkt niet op deze website.
problem-busy = Het is nu erg druk. Probeer het { wait } opnieuw.
problem-unavailable = Registreren kan nu niet. Probeer het { wait } opnieuw.
problem-misconfigured = Er is bij ons iets niet in orde. Probeer het later opnieuw.
problem-delivery-failed = We konden je geen code sturen. Probeer het { wait } opnieuw.
problem-hook-failed = Er ging bij ons iets mis. Probeer het opnieuw.
problem-upstream-failed = Er ging bij ons iets mis. Probeer het opnieuw.
problem-upstream-timeout = Dit duurt te lang. Probeer het opnieuw.
problem-internal = Er ging bij ons iets mis.

## Violations.

violation-required = Vul dit veld in.
    .attributes-birthdate = Vul je geboortedatum in.
    .attributes-family_name = Vul je achternaam in.
    .attributes-given_name = Vul je voornaam in.
    .attributes-name = Vul je naam in.
    .code = Vul de code in die je hebt gekregen.
    .email = Vul je e-mailadres in.
    .password = Kies een wachtwoord.
    .phone_number = Vul je telefoonnummer in.
    .username = Vul een gebruikersnaam in.
    .username-email = Vul je e-mailadres in.
    .username-phone_number = Vul je telefoonnummer in.
violation-not_allowed = Dit kan hier niet worden opgegeven.
violation-unknown_field = Dit veld bestaat niet.
violation-unknown_field-suggestion = Dit veld bestaat niet. Bedoelde je { $suggestion }?
violation-empty_body = Het formulier is leeg.
violation-invalid_json = Het formulier is op regel { $line }, kolom { $column } geen geldige JSON.
violation-duplicate_key = Dit is dubbel opgegeven.
violation-wrong_type =
    { $expected ->
        [object] Dit moet een JSON-object zijn.
       *[string] Dit moet tekst zijn.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] Gebruik minstens { $min } tekens.
        [one] Gebruik minstens { $min } tekens.
        [two] Gebruik minstens { $min } tekens.
        [few] Gebruik minstens { $min } tekens.
        [many] Gebruik minstens { $min } tekens.
        [other] Gebruik minstens { $min } tekens.
       *[unknown] Gebruik meer tekens.
    }
violation-too_long = Gebruik hoogstens { $max } tekens.
violation-too_many = Geef hoogstens { $max } waarden op.
violation-invalid_format = Dit lijkt niet te kloppen. Controleer het.
    .code = Vul de code van { $length } cijfers in.
violation-not_an_option = Kies een van deze waarden: { $options }.
violation-control_character = Laat tekens weg die je niet kunt typen.
violation-direction_character = Laat tekens weg die de leesrichting veranderen.
violation-white_space = Laat de spaties aan het begin en het eind weg.
    .password = Een wachtwoord kan niet met een spatie beginnen of eindigen.
violation-contains_url = Laat webadressen weg.
violation-invalid_email = Vul een e-mailadres in zoals naam@example.com.
violation-undeliverable_email = Op dit adres kan geen mail aankomen. Vul een adres in dat je leest.
violation-domain_not_allowed = Adressen van dit domein kunnen hier niet worden gebruikt. Vul een ander in.
violation-disposable_domain = Tijdelijke adressen kunnen hier niet worden gebruikt. Vul een adres in dat je houdt.
violation-misspelled_domain = Bedoelde je { $suggestion }? Controleer het deel na de @.
violation-invalid_phone_number = Vul een telefoonnummer met landcode in, zoals +44 7400 123456.
violation-calling_code_not_allowed = Nummers van dit land kunnen hier niet worden gebruikt. Vul een ander in.
violation-phone_number_not_mobile = Vul het nummer in van een mobiele telefoon die sms’jes ontvangt.
violation-invalid_username = Gebruik letters, cijfers en leestekens, zonder spaties.
violation-looks_like_email = Kies een naam die geen e-mailadres is.
violation-looks_like_phone_number = Kies een naam die geen telefoonnummer is.
violation-missing_recipient = Vul een e-mailadres of een telefoonnummer in.
violation-needs_uppercase = Voeg een hoofdletter toe (A tot Z).
violation-needs_lowercase = Voeg een kleine letter toe (a tot z).
violation-needs_number = Voeg een cijfer toe.
violation-needs_symbol = Voeg een leesteken toe, zoals ! of ?
violation-contains_username = Kies een wachtwoord zonder je gebruikersnaam, e-mailadres of telefoonnummer.
violation-too_weak = Dit wachtwoord is makkelijk te raden. Gebruik meer of minder gewone woorden.
violation-breached = Dit wachtwoord kwam voor in een datalek van een andere site. Kies er een dat je nergens anders gebruikt.
violation-weak_password = Kies een ander, langer wachtwoord.
violation-invalid_birthdate = Vul een geboortedatum in zoals 1990-12-31.
violation-invalid_locale = Vul een taal in zoals en of pt-BR.
violation-invalid_zoneinfo = Vul een tijdzone in zoals Europe/Paris.
violation-invalid_url = Vul een webadres in zoals https://example.com.
violation-invalid_number = Vul een geheel getal in.
violation-invalid_value = Dit is niet aanvaard. Controleer het.
violation-taken = Hiermee bestaat al een account.
    .email = Met dit e-mailadres bestaat al een account. Log in, of vraag een nieuwe code aan als je het nog niet hebt bevestigd.
    .phone_number = Met dit telefoonnummer bestaat al een account. Log in, of vraag een nieuwe code aan als je het nog niet hebt bevestigd.
    .username = Deze gebruikersnaam is bezet. Kies een andere, of log in als het de jouwe is.
violation-limit_exceeded = Hiervoor waren er te veel verzoeken.
    .email = Voor dit e-mailadres waren er te veel verzoeken.
    .phone_number = Voor dit telefoonnummer waren er te veel verzoeken.
    .username = Voor deze gebruikersnaam waren er te veel verzoeken.
    .username-email = Voor dit e-mailadres waren er te veel verzoeken.
    .username-phone_number = Voor dit telefoonnummer waren er te veel verzoeken.
violation-consent_required = Lees dit document en ga ermee akkoord.
violation-consent_outdated = Dit document is gewijzigd. Lees de huidige versie en ga ermee akkoord.

## Labels and hints.

label-username = Gebruikersnaam
label-email = E-mailadres
label-phone_number = Telefoonnummer
label-password = Wachtwoord
label-name = Volledige naam
label-given_name = Voornaam
label-family_name = Achternaam
label-middle_name = Tweede voornaam
label-nickname = Bijnaam
label-preferred_username = Weergavenaam
label-profile = Profielpagina
label-picture = Afbeelding
label-website = Webpagina
label-gender = Geslacht
label-birthdate = Geboortedatum
label-zoneinfo = Tijdzone
label-locale = Taal
label-address = Adres
label-updated_at = Tijd van de laatste wijziging
hint-phone_number = Met landcode, zoals +44 7400 123456.
hint-picture = Het adres van een afbeelding, zoals https://example.com/ik.jpg.
hint-zoneinfo = Zoals Europe/Paris.
hint-locale = Zoals en of pt-BR.

## The sign-up page.

page-title = Maak je account aan
page-register = Account aanmaken
page-optional = (niet verplicht)
page-choose = Maak een keuze
page-check = Controleer dit.
page-show-password = Tonen
page-consent = Ik ga akkoord met: { "{title}" }
page-code = Vul je code in
page-code-intro = We hebben je een code gestuurd. Vul die hier in om je account te bevestigen.
page-code-destination = We hebben een code gestuurd naar { "{destination}" }. Vul die hier in om je account te bevestigen.
page-code-label = Code
page-confirm = Bevestigen
page-resend = Nieuwe code sturen
page-resend-in = Nieuwe code sturen (over { "{time}" })
page-resent = We hebben een nieuwe code gestuurd. Eerdere codes werken niet meer.
page-undelivered = Je code kon niet worden verstuurd. Vraag een nieuwe aan.
page-start-over = Andere gegevens gebruiken
page-done = Je account is bevestigd
page-done-text = Je kunt nu inloggen.
page-sign-in = Inloggen
page-reset = Wachtwoord opnieuw instellen
page-waiting = Je account moet worden goedgekeurd
page-waiting-text = Je kunt inloggen zodra het is goedgekeurd.
page-offline = Je lijkt offline te zijn. Controleer je verbinding en probeer het opnieuw.
page-unexpected = Er ging iets mis. Probeer het opnieuw.
page-no-script = Deze pagina heeft JavaScript nodig. Zet het aan en laad de pagina opnieuw.
