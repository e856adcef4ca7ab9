### The texts for users in English.

## Problems.

# The time of `Retry-After`. `$unit` is "second", "minute" or "hour". Without `$count` and `$unit`,
# the time is unknown.
wait =
    { $unit ->
        [second]
            { $count ->
                [one] in one second
               *[other] in { $count } seconds
            }
        [minute]
            { $count ->
                [one] in one minute
               *[other] in { $count } minutes
            }
        [hour]
            { $count ->
                [one] in one hour
               *[other] in { $count } hours
            }
       *[unknown] later
    }

problem-unreadable-body = We could not read this form. Please try again.
problem-headers-too-large = Your browser sent too much data. Please delete the cookies of this site and try again.
problem-body-too-large = This form is too long. Please shorten what you entered.
problem-unsupported-media-type = We could not read this form.
problem-invalid-idempotency-key = Something went wrong on our side.
problem-idempotency-key-reused = This form was sent before with other details. Please reload the page.
problem-request-in-progress = We are still working on this. Please try again { wait }.
problem-not-found = This page does not exist.
problem-method-not-allowed = This cannot be done here.
problem-invalid-registration = Some details need another look.
problem-registration-rejected = We cannot create this account.
problem-account-exists = There is already an account with these details. Sign in, or ask for a new code if it is not confirmed yet.
problem-invalid-code = This code does not work. Please check it, or ask for a new one.
problem-expired-code = This code does not work. Please ask for a new one.
problem-confirmation-uncertain = Your account may be confirmed already. Please try to sign in.
problem-too-many-requests = Too many requests. Please try again { wait }.
problem-too-many-attempts = Too many attempts. Please try again { wait }.
problem-proof-required = Please confirm that you are human.
problem-not-human = We could not confirm that you are human. Please try again.
problem-sign-up-closed = New accounts cannot be created here at the moment.
problem-blocked = This request was blocked.
problem-cross-site = This form does not work on this website.
problem-busy = We are very busy right now. Please try again { wait }.
problem-unavailable = Sign-up is not available right now. Please try again { wait }.
problem-misconfigured = Something is wrong on our side. Please try again later.
problem-delivery-failed = We could not send you a code. Please try again { wait }.
problem-hook-failed = Something went wrong on our side. Please try again.
problem-upstream-failed = Something went wrong on our side. Please try again.
problem-upstream-timeout = This is taking too long. Please try again.
problem-internal = Something went wrong on our side.

## Violations. A text may use the `params` of its code in `docs/api.md`.
## An attribute replaces the text for one field. Its name is the JSON pointer without the
## first `/`, and with `-` for the second. In the modes `email` and `phone`, `username-email` and
## `username-phone_number` replace `username`.

violation-required = Please fill this in.
    .attributes-birthdate = Tell us your date of birth.
    .attributes-family_name = Tell us your last name.
    .attributes-given_name = Tell us your first name.
    .attributes-name = Tell us your name.
    .code = Enter the code that you were sent.
    .email = Enter your email address.
    .password = Choose a password.
    .phone_number = Enter your phone number.
    .username = Enter a user name.
    .username-email = Enter your email address.
    .username-phone_number = Enter your phone number.
violation-not_allowed = This cannot be set here.
violation-unknown_field = There is no such field.
# If the form has a field with a similar name.
violation-unknown_field-suggestion = There is no such field. Did you mean { $suggestion }?
violation-empty_body = The form is empty.
violation-invalid_json = The form is not valid JSON at line { $line }, column { $column }.
violation-duplicate_key = This is given twice.
violation-wrong_type =
    { $expected ->
        [object] This must be a JSON object.
       *[string] This must be text.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [one] Use at least { $min } character.
        [other] Use at least { $min } characters.
       *[unknown] Use more characters.
    }
violation-too_long =
    { $max ->
        [one] Use at most { $max } character.
       *[other] Use at most { $max } characters.
    }
violation-too_many =
    { $max ->
        [one] Use at most { $max } entry.
       *[other] Use at most { $max } entries.
    }
violation-invalid_format = This does not look right. Please check it.
    .code =
        { $length ->
            [one] Enter the code with its { $length } digit.
           *[other] Enter the code with its { $length } digits.
        }
violation-not_an_option = Choose one of these: { $options }.
violation-control_character = Leave out characters that cannot be typed.
violation-direction_character = Leave out characters that change the direction of text.
violation-contains_url = Leave out web addresses.
violation-white_space = Leave out the spaces at the beginning and at the end.
    .password = A password cannot begin or end with a space.
violation-invalid_email = Enter an email address such as name@example.com.
violation-undeliverable_email = No mail can reach this address. Enter one that you read.
violation-domain_not_allowed = Addresses of this domain cannot be used here. Enter another one.
violation-disposable_domain = Temporary addresses cannot be used here. Enter one that you keep.
violation-misspelled_domain = Did you mean { $suggestion }? Please check the part after the @.
violation-invalid_phone_number = Enter a phone number with its country code, such as +44 7400 123456.
violation-calling_code_not_allowed = Numbers of this country cannot be used here. Enter another one.
violation-phone_number_not_mobile = Enter the number of a mobile phone, which can get text messages.
violation-invalid_username = Use letters, numbers and punctuation, without spaces.
violation-looks_like_email = Choose a name that is not an email address.
violation-looks_like_phone_number = Choose a name that is not a phone number.
violation-missing_recipient = Enter an email address or a phone number.
violation-needs_uppercase = Add a capital letter (A to Z).
violation-needs_lowercase = Add a small letter (a to z).
violation-needs_number = Add a number.
violation-needs_symbol = Add a symbol, such as ! or ?
violation-contains_username = Choose a password that does not contain your user name, email address or phone number.
violation-too_weak = This password is easy to guess. Use more words, or less common ones.
violation-breached = This password appeared in a data breach of another site. Choose one that you use nowhere else.
violation-weak_password = Choose a different, longer password.
violation-invalid_birthdate = Enter a date of birth such as 1990-12-31.
violation-invalid_locale = Enter a language such as en or pt-BR.
violation-invalid_zoneinfo = Enter a time zone such as Europe/Paris.
violation-invalid_url = Enter a web address such as https://example.com.
violation-invalid_number = Enter a whole number.
violation-invalid_value = This was not accepted. Please check it.
violation-taken = There is already an account with this.
    .email = There is already an account with this email address. Sign in, or ask for a new code if you have not confirmed it.
    .phone_number = There is already an account with this phone number. Sign in, or ask for a new code if you have not confirmed it.
    .username = This user name is taken. Choose another one, or sign in if it is yours.
violation-limit_exceeded = There were too many requests for this.
    .email = There were too many requests for this email address.
    .phone_number = There were too many requests for this phone number.
    .username = There were too many requests for this user name.
    .username-email = There were too many requests for this email address.
    .username-phone_number = There were too many requests for this phone number.
violation-consent_required = Please read this and agree to it.
violation-consent_outdated = This document has changed. Please read the current version and agree to it.

## Labels of the fields, and hints below the fields. The name after `-` is the name of the field or
## attribute.

label-username = User name
label-email = Email address
label-phone_number = Phone number
label-password = Password
label-name = Full name
label-given_name = First name
label-family_name = Last name
label-middle_name = Middle name
label-nickname = Nickname
label-preferred_username = Display name
label-profile = Profile page
label-picture = Picture
label-website = Website
label-gender = Gender
label-birthdate = Date of birth
label-zoneinfo = Time zone
label-locale = Language
label-address = Address
label-updated_at = Time of the last change
hint-phone_number = With the country code, such as +44 7400 123456.
hint-picture = The address of a picture, such as https://example.com/me.jpg.
hint-zoneinfo = Such as Europe/Paris.
hint-locale = Such as en or pt-BR.

## The sign-up page. The page replaces words in braces and quotes, such as { "{destination}" }.

page-title = Create your account
page-register = Create account
page-optional = (optional)
page-choose = Please choose
page-check = Please check this.
page-show-password = Show
page-consent = I agree to: { "{title}" }
page-code = Enter your code
page-code-intro = We sent you a code. Enter it here to confirm your account.
page-code-destination = We sent a code to { "{destination}" }. Enter it here to confirm your account.
page-code-label = Code
page-confirm = Confirm
page-resend = Send a new code
page-resend-in = Send a new code (in { "{time}" })
page-resent = We sent a new code. Earlier codes no longer work.
page-undelivered = Your code could not be sent. Ask for a new one.
page-start-over = Use other details
page-done = Your account is confirmed
page-done-text = You can sign in now.
page-sign-in = Sign in
page-reset = Reset your password
page-waiting = Your account needs an approval
page-waiting-text = You can sign in as soon as it is approved.
page-offline = You seem to be offline. Check your connection and try again.
page-unexpected = Something went wrong. Please try again.
page-no-script = This page needs JavaScript. Please turn it on and reload the page.
