### The texts for users in French.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] dans { $count } s
        [minute] dans { $count } min
        [hour] dans { $count } h
       *[unknown] plus tard
    }

problem-unreadable-body = Nous n’avons pas pu lire ce formulaire. Veuillez réessayer.
problem-headers-too-large = Votre navigateur a envoyé trop de données. Veuillez supprimer les cookies de ce site et réessayer.
problem-body-too-large = Ce formulaire est trop long. Veuillez raccourcir votre saisie.
problem-unsupported-media-type = Nous n’avons pas pu lire ce formulaire.
problem-invalid-idempotency-key = Une erreur s’est produite de notre côté.
problem-idempotency-key-reused = Ce formulaire a déjà été envoyé avec d’autres données. Veuillez recharger la page.
problem-request-in-progress = Votre demande est encore en cours. Veuillez réessayer { wait }.
problem-not-found = Cette page n’existe pas.
problem-method-not-allowed = Cette action n’est pas possible ici.
problem-invalid-registration = Certaines informations sont à vérifier.
problem-registration-rejected = Nous ne pouvons pas créer ce compte.
problem-account-exists = Un compte existe déjà avec ces informations. Connectez-vous, ou demandez un nouveau code s’il n’est pas encore confirmé.
problem-invalid-code = Ce code ne fonctionne pas. Vérifiez-le ou demandez-en un nouveau.
problem-expired-code = Ce code ne fonctionne pas. Veuillez en demander un nouveau.
problem-confirmation-uncertain = Votre compte est peut-être déjà confirmé. Essayez de vous connecter.
problem-too-many-requests = Trop de demandes. Veuillez réessayer { wait }.
problem-too-many-attempts = Trop de tentatives. Veuillez réessayer { wait }.
problem-proof-required = Veuillez confirmer que vous êtes un être humain.
problem-not-human = Nous n’avons pas pu confirmer que vous êtes un être humain. Veuillez réessayer.
problem-sign-up-closed = Il n’est pas possible de créer un compte ici pour le moment.
problem-blocked = Cette demande a été bloquée.
problem-cross-site = Ce formulaire ne fonctionne pas sur ce site.
problem-busy = Nous sommes très sollicités. Veuillez réessayer { wait }.
problem-unavailable = L’inscription n’est pas disponible pour le moment. Veuillez réessayer { wait }.
problem-misconfigured = Un problème est survenu de notre côté. Veuillez réessayer plus tard.
problem-delivery-failed = Nous n’avons pas pu vous envoyer de code. Veuillez réessayer { wait }.
problem-hook-failed = Une erreur s’est produite de notre côté. Veuillez réessayer.
problem-upstream-failed = Une erreur s’est produite de notre côté. Veuillez réessayer.
problem-upstream-timeout = Cela prend trop de temps. Veuillez réessayer.
problem-internal = Une erreur s’est produite de notre côté.

## Violations.

violation-required = Veuillez remplir ce champ.
    .attributes-birthdate = Indiquez votre date de naissance.
    .attributes-family_name = Indiquez votre nom de famille.
    .attributes-given_name = Indiquez votre prénom.
    .attributes-name = Indiquez votre nom.
    .code = Saisissez le code que vous avez reçu.
    .email = Saisissez votre adresse e-mail.
    .password = Choisissez un mot de passe.
    .phone_number = Saisissez votre numéro de téléphone.
    .username = Saisissez un nom d’utilisateur.
    .username-email = Saisissez votre adresse e-mail.
    .username-phone_number = Saisissez votre numéro de téléphone.
violation-not_allowed = Cela ne peut pas être indiqué ici.
violation-unknown_field = Ce champ n’existe pas.
violation-unknown_field-suggestion = Ce champ n’existe pas. Vouliez-vous dire { $suggestion } ?
violation-empty_body = Le formulaire est vide.
violation-invalid_json = Le formulaire n’est pas un JSON valide à la ligne { $line }, colonne { $column }.
violation-duplicate_key = Cela est indiqué deux fois.
violation-wrong_type =
    { $expected ->
        [object] Cela doit être un objet JSON.
       *[string] Cela doit être du texte.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] Utilisez au moins { $min } caractères.
        [one] Utilisez au moins { $min } caractères.
        [two] Utilisez au moins { $min } caractères.
        [few] Utilisez au moins { $min } caractères.
        [many] Utilisez au moins { $min } caractères.
        [other] Utilisez au moins { $min } caractères.
       *[unknown] Utilisez plus de caractères.
    }
violation-too_long = Utilisez au plus { $max } caractères.
violation-too_many = Indiquez au plus { $max } entrées.
violation-invalid_format = Cela ne semble pas correct. Veuillez vérifier.
    .code = Saisissez le code de { $length } chiffres.
violation-not_an_option = Choisissez l’une de ces valeurs : { $options }.
violation-control_character = Supprimez les caractères qui ne peuvent pas être saisis.
violation-direction_character = Supprimez les caractères qui changent le sens du texte.
violation-white_space = Supprimez les espaces au début et à la fin.
    .password = Un mot de passe ne peut pas commencer ni finir par une espace.
violation-contains_url = Supprimez les adresses web.
violation-invalid_email = Saisissez une adresse e-mail telle que nom@example.com.
violation-undeliverable_email = Aucun message ne peut parvenir à cette adresse. Saisissez-en une que vous consultez.
violation-domain_not_allowed = Les adresses de ce domaine ne sont pas acceptées ici. Saisissez-en une autre.
violation-disposable_domain = Les adresses temporaires ne sont pas acceptées ici. Saisissez-en une que vous conservez.
violation-misspelled_domain = Vouliez-vous dire { $suggestion } ? Vérifiez la partie après le @.
violation-invalid_phone_number = Saisissez un numéro de téléphone avec l’indicatif du pays, par exemple +44 7400 123456.
violation-calling_code_not_allowed = Les numéros de ce pays ne sont pas acceptés ici. Saisissez-en un autre.
violation-phone_number_not_mobile = Saisissez le numéro d’un téléphone mobile qui peut recevoir des SMS.
violation-invalid_username = Utilisez des lettres, des chiffres et de la ponctuation, sans espaces.
violation-looks_like_email = Choisissez un nom qui n’est pas une adresse e-mail.
violation-looks_like_phone_number = Choisissez un nom qui n’est pas un numéro de téléphone.
violation-missing_recipient = Saisissez une adresse e-mail ou un numéro de téléphone.
violation-needs_uppercase = Ajoutez une majuscule (A à Z).
violation-needs_lowercase = Ajoutez une minuscule (a à z).
violation-needs_number = Ajoutez un chiffre.
violation-needs_symbol = Ajoutez un symbole, par exemple ! ou ?
violation-contains_username = Choisissez un mot de passe qui ne contient ni votre nom d’utilisateur, ni votre adresse e-mail, ni votre numéro de téléphone.
violation-too_weak = Ce mot de passe est facile à deviner. Utilisez plus de mots, ou des mots plus rares.
violation-breached = Ce mot de passe figure dans une fuite de données d’un autre site. Choisissez-en un que vous n’utilisez nulle part ailleurs.
violation-weak_password = Choisissez un autre mot de passe, plus long.
violation-invalid_birthdate = Saisissez une date de naissance telle que 1990-12-31.
violation-invalid_locale = Saisissez une langue telle que en ou pt-BR.
violation-invalid_zoneinfo = Saisissez un fuseau horaire tel que Europe/Paris.
violation-invalid_url = Saisissez une adresse web telle que https://example.com.
violation-invalid_number = Saisissez un nombre entier.
violation-invalid_value = Cela n’a pas été accepté. Veuillez vérifier.
violation-taken = Un compte existe déjà avec cette valeur.
    .email = Un compte existe déjà avec cette adresse e-mail. Connectez-vous, ou demandez un nouveau code si vous ne l’avez pas confirmé.
    .phone_number = Un compte existe déjà avec ce numéro de téléphone. Connectez-vous, ou demandez un nouveau code si vous ne l’avez pas confirmé.
    .username = Ce nom d’utilisateur est pris. Choisissez-en un autre, ou connectez-vous si c’est le vôtre.
violation-limit_exceeded = Il y a eu trop de demandes pour cette valeur.
    .email = Il y a eu trop de demandes pour cette adresse e-mail.
    .phone_number = Il y a eu trop de demandes pour ce numéro de téléphone.
    .username = Il y a eu trop de demandes pour ce nom d’utilisateur.
    .username-email = Il y a eu trop de demandes pour cette adresse e-mail.
    .username-phone_number = Il y a eu trop de demandes pour ce numéro de téléphone.
violation-consent_required = Veuillez lire ce document et l’accepter.
violation-consent_outdated = Ce document a changé. Veuillez lire la version actuelle et l’accepter.

## Labels and hints.

label-username = Nom d’utilisateur
label-email = Adresse e-mail
label-phone_number = Numéro de téléphone
label-password = Mot de passe
label-name = Nom complet
label-given_name = Prénom
label-family_name = Nom de famille
label-middle_name = Deuxième prénom
label-nickname = Surnom
label-preferred_username = Nom affiché
label-profile = Page de profil
label-picture = Photo
label-website = Site web
label-gender = Genre
label-birthdate = Date de naissance
label-zoneinfo = Fuseau horaire
label-locale = Langue
label-address = Adresse
label-updated_at = Date de la dernière modification
hint-phone_number = Avec l’indicatif du pays, par exemple +44 7400 123456.
hint-picture = L’adresse d’une image, par exemple https://example.com/moi.jpg.
hint-zoneinfo = Par exemple Europe/Paris.
hint-locale = Par exemple en ou pt-BR.

## The sign-up page.

page-title = Créez votre compte
page-register = Créer un compte
page-optional = (facultatif)
page-choose = Veuillez choisir
page-check = Veuillez vérifier cette valeur.
page-show-password = Afficher
page-consent = J’accepte : { "{title}" }
page-code = Saisissez votre code
page-code-intro = Nous vous avons envoyé un code. Saisissez-le ici pour confirmer votre compte.
page-code-destination = Nous avons envoyé un code à { "{destination}" }. Saisissez-le ici pour confirmer votre compte.
page-code-label = Code
page-confirm = Confirmer
page-resend = Envoyer un nouveau code
page-resend-in = Envoyer un nouveau code (dans { "{time}" })
page-resent = Nous avons envoyé un nouveau code. Les codes précédents ne sont plus valables.
page-undelivered = Votre code n’a pas pu être envoyé. Demandez-en un nouveau.
page-start-over = Utiliser d’autres informations
page-done = Votre compte est confirmé
page-done-text = Vous pouvez maintenant vous connecter.
page-sign-in = Se connecter
page-reset = Réinitialiser le mot de passe
page-waiting = Votre compte doit être approuvé
page-waiting-text = Vous pourrez vous connecter dès qu’il sera approuvé.
page-offline = Vous semblez être hors ligne. Vérifiez votre connexion et réessayez.
page-unexpected = Une erreur s’est produite. Veuillez réessayer.
page-no-script = Cette page a besoin de JavaScript. Veuillez l’activer et recharger la page.
