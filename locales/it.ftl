### The texts for users in Italian.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] tra { $count } s
        [minute] tra { $count } min
        [hour] tra { $count } h
       *[unknown] più tardi
    }

problem-unreadable-body = Non siamo riusciti a leggere il modulo. Riprovi.
problem-headers-too-large = Il browser ha inviato troppi dati. Elimini i cookie di questo sito e riprovi.
problem-body-too-large = Il modulo è troppo lungo. Accorci il testo inserito.
problem-unsupported-media-type = Non siamo riusciti a leggere il modulo.
problem-invalid-idempotency-key = Si è verificato un errore da parte nostra.
problem-idempotency-key-reused = Questo modulo è già stato inviato con altri dati. Ricarichi la pagina.
problem-request-in-progress = Ci stiamo ancora lavorando. Riprovi { wait }.
problem-not-found = Questa pagina non esiste.
problem-method-not-allowed = Questa operazione non è possibile qui.
problem-invalid-registration = Alcuni dati vanno controllati.
problem-registration-rejected = Non possiamo creare questo account.
problem-account-exists = Esiste già un account con questi dati. Acceda, oppure chieda un nuovo codice se non è ancora confermato.
problem-invalid-code = Questo codice non funziona. Lo controlli o ne chieda uno nuovo.
problem-expired-code = Questo codice non funziona. Ne chieda uno nuovo.
problem-confirmation-uncertain = Il Suo account potrebbe essere già confermato. Provi ad accedere.
problem-too-many-requests = Troppe richieste. Riprovi { wait }.
problem-too-many-attempts = Troppi tentativi. Riprovi { wait }.
problem-proof-required = Confermi di essere una persona.
problem-not-human = Non siamo riusciti a confermare che Lei è una persona. Riprovi.
problem-sign-up-closed = Al momento qui non è possibile creare nuovi account.
problem-blocked = Questa richiesta è stata bloccata.
problem-cross-site = Questo modulo non funziona su questo sito.
problem-busy = In questo momento il servizio è molto occupato. Riprovi { wait }.
problem-unavailable = La registrazione non è disponibile al momento. Riprovi { wait }.
problem-misconfigured = C’è un problema da parte nostra. Riprovi più tardi.
problem-delivery-failed = Non siamo riusciti a inviarLe un codice. Riprovi { wait }.
problem-hook-failed = Si è verificato un errore da parte nostra. Riprovi.
problem-upstream-failed = Si è verificato un errore da parte nostra. Riprovi.
problem-upstream-timeout = L’operazione richiede troppo tempo. Riprovi.
problem-internal = Si è verificato un errore da parte nostra.

## Violations.

violation-required = Compili questo campo.
    .attributes-birthdate = Indichi la Sua data di nascita.
    .attributes-family_name = Indichi il Suo cognome.
    .attributes-given_name = Indichi il Suo nome.
    .attributes-name = Indichi il Suo nome.
    .code = Inserisca il codice che ha ricevuto.
    .email = Inserisca il Suo indirizzo e-mail.
    .password = Scelga una password.
    .phone_number = Inserisca il Suo numero di telefono.
    .username = Inserisca un nome utente.
    .username-email = Inserisca il Suo indirizzo e-mail.
    .username-phone_number = Inserisca il Suo numero di telefono.
violation-not_allowed = Questo dato non può essere indicato qui.
violation-unknown_field = Questo campo non esiste.
violation-unknown_field-suggestion = Questo campo non esiste. Intendeva { $suggestion }?
violation-empty_body = Il modulo è vuoto.
violation-invalid_json = Il modulo non è un JSON valido alla riga { $line }, colonna { $column }.
violation-duplicate_key = Questo dato è indicato due volte.
violation-wrong_type =
    { $expected ->
        [object] Deve essere un oggetto JSON.
       *[string] Deve essere un testo.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] Usi almeno { $min } caratteri.
        [one] Usi almeno { $min } caratteri.
        [two] Usi almeno { $min } caratteri.
        [few] Usi almeno { $min } caratteri.
        [many] Usi almeno { $min } caratteri.
        [other] Usi almeno { $min } caratteri.
       *[unknown] Usi più caratteri.
    }
violation-too_long = Usi al massimo { $max } caratteri.
violation-too_many = Indichi al massimo { $max } voci.
violation-invalid_format = Non sembra corretto. Lo controlli.
    .code = Inserisca il codice di { $length } cifre.
violation-not_an_option = Scelga uno di questi valori: { $options }.
violation-control_character = Tolga i caratteri che non si possono digitare.
violation-direction_character = Tolga i caratteri che cambiano la direzione del testo.
violation-white_space = Tolga gli spazi all’inizio e alla fine.
    .password = Una password non può iniziare o finire con uno spazio.
violation-contains_url = Tolga gli indirizzi web.
violation-invalid_email = Inserisca un indirizzo e-mail come nome@example.com.
violation-undeliverable_email = Nessuna e-mail può raggiungere questo indirizzo. Ne inserisca uno che legge.
violation-domain_not_allowed = Gli indirizzi di questo dominio non sono ammessi qui. Ne inserisca un altro.
violation-disposable_domain = Gli indirizzi temporanei non sono ammessi qui. Ne inserisca uno stabile.
violation-misspelled_domain = Intendeva { $suggestion }? Controlli la parte dopo la @.
violation-invalid_phone_number = Inserisca un numero di telefono con il prefisso del paese, per esempio +44 7400 123456.
violation-calling_code_not_allowed = I numeri di questo paese non sono ammessi qui. Ne inserisca un altro.
violation-phone_number_not_mobile = Inserisca il numero di un cellulare che può ricevere SMS.
violation-invalid_username = Usi lettere, numeri e punteggiatura, senza spazi.
violation-looks_like_email = Scelga un nome che non sia un indirizzo e-mail.
violation-looks_like_phone_number = Scelga un nome che non sia un numero di telefono.
violation-missing_recipient = Inserisca un indirizzo e-mail o un numero di telefono.
violation-needs_uppercase = Aggiunga una lettera maiuscola (da A a Z).
violation-needs_lowercase = Aggiunga una lettera minuscola (da a a z).
violation-needs_number = Aggiunga un numero.
violation-needs_symbol = Aggiunga un simbolo, per esempio ! o ?
violation-contains_username = Scelga una password che non contenga il nome utente, l’e-mail o il numero di telefono.
violation-too_weak = Questa password è facile da indovinare. Usi più parole o parole meno comuni.
violation-breached = Questa password compare in una violazione di dati di un altro sito. Ne scelga una che non usa altrove.
violation-weak_password = Scelga un’altra password, più lunga.
violation-invalid_birthdate = Inserisca una data di nascita come 1990-12-31.
violation-invalid_locale = Inserisca una lingua come en o pt-BR.
violation-invalid_zoneinfo = Inserisca un fuso orario come Europe/Paris.
violation-invalid_url = Inserisca un indirizzo web come https://example.com.
violation-invalid_number = Inserisca un numero intero.
violation-invalid_value = Non è stato accettato. Lo controlli.
violation-taken = Esiste già un account con questo valore.
    .email = Esiste già un account con questo indirizzo e-mail. Acceda, oppure chieda un nuovo codice se non lo ha confermato.
    .phone_number = Esiste già un account con questo numero di telefono. Acceda, oppure chieda un nuovo codice se non lo ha confermato.
    .username = Questo nome utente è già in uso. Ne scelga un altro, o acceda se è il Suo.
violation-limit_exceeded = Ci sono state troppe richieste per questo valore.
    .email = Ci sono state troppe richieste per questo indirizzo e-mail.
    .phone_number = Ci sono state troppe richieste per questo numero di telefono.
    .username = Ci sono state troppe richieste per questo nome utente.
    .username-email = Ci sono state troppe richieste per questo indirizzo e-mail.
    .username-phone_number = Ci sono state troppe richieste per questo numero di telefono.
violation-consent_required = Legga questo documento e lo accetti.
violation-consent_outdated = Questo documento è cambiato. Legga la versione attuale e la accetti.

## Labels and hints.

label-username = Nome utente
label-email = Indirizzo e-mail
label-phone_number = Numero di telefono
label-password = Password
label-name = Nome e cognome
label-given_name = Nome
label-family_name = Cognome
label-middle_name = Secondo nome
label-nickname = Soprannome
label-preferred_username = Nome visualizzato
label-profile = Pagina del profilo
label-picture = Immagine
label-website = Sito web
label-gender = Genere
label-birthdate = Data di nascita
label-zoneinfo = Fuso orario
label-locale = Lingua
label-address = Indirizzo
label-updated_at = Ora dell’ultima modifica
hint-phone_number = Con il prefisso del paese, per esempio +44 7400 123456.
hint-picture = L’indirizzo di un’immagine, per esempio https://example.com/io.jpg.
hint-zoneinfo = Per esempio Europe/Paris.
hint-locale = Per esempio en o pt-BR.

## The sign-up page.

page-title = Crei il Suo account
page-register = Crea account
page-optional = (facoltativo)
page-choose = Scelga un’opzione
page-check = Controlli questo valore.
page-show-password = Mostra
page-consent = Accetto: { "{title}" }
page-code = Inserisca il codice
page-code-intro = Le abbiamo inviato un codice. Lo inserisca qui per confermare il Suo account.
page-code-destination = Abbiamo inviato un codice a { "{destination}" }. Lo inserisca qui per confermare il Suo account.
page-code-label = Codice
page-confirm = Conferma
page-resend = Invia un nuovo codice
page-resend-in = Invia un nuovo codice (tra { "{time}" })
page-resent = Abbiamo inviato un nuovo codice. I codici precedenti non valgono più.
page-undelivered = Non è stato possibile inviare il codice. Ne chieda uno nuovo.
page-start-over = Usa altri dati
page-done = Il Suo account è confermato
page-done-text = Ora può accedere.
page-sign-in = Accedi
page-reset = Reimposta la password
page-waiting = Il Suo account deve essere approvato
page-waiting-text = Potrà accedere non appena sarà approvato.
page-offline = Sembra che Lei sia offline. Controlli la connessione e riprovi.
page-unexpected = Si è verificato un errore. Riprovi.
page-no-script = Questa pagina ha bisogno di JavaScript. Lo attivi e ricarichi la pagina.
