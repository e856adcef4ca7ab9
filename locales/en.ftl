### The sentences for users in English.

## Problems. `title` is for users of the form. `meaning` and `remedy` are for developers.

# The time of `Retry-After`: `$count`, and `$unit` that is "second", "minute" or "hour". Without them,
# the time is not known.
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

-nothing-sent = Nothing was sent to Cognito.
-nothing-changed = Nothing was created, confirmed or sent.
-unknown-outcome = The account may have been created or confirmed, or the code sent.
-try-later = Try again after the number of seconds in `Retry-After`.
-try-same = Let the user try again with the same details. A sign-up does not report their own account as taken. If a code is then rejected, the account may be confirmed already: offer to sign in.

problem-unreadable-body =
    .title = We could not read this form. Please try again.
    .meaning = The body is not a complete JSON object in UTF-8, did not arrive in time, or repeats a key. Or a value has the wrong type, such as a number or null instead of text. `errors` has the line and column of broken JSON, and each value of the wrong type.
    .remedy = Send one JSON object with the types of the API. { -nothing-sent }

problem-headers-too-large =
    .title = Your browser sent too much data. Please delete the cookies of this site and try again.
    .meaning = The headers together are larger than this service accepts.
    .remedy = Send fewer or smaller headers. Cookies are the usual cause, and this service needs none.

problem-body-too-large =
    .title = This form is too long. Please shorten what you entered.
    .meaning = The body is larger than the setting `server.max_body` allows, which is 16 KiB by default.
    .remedy = Send only the fields of the form.

problem-unsupported-media-type =
    .title = We could not read this form.
    .meaning = The Content-Type is missing, is repeated or is not `application/json` in UTF-8 or ASCII, or the body is compressed.
    .remedy = Send the header `Content-Type: application/json` and an uncompressed body in UTF-8.

problem-invalid-idempotency-key =
    .title = Something went wrong on our side.
    .meaning = The header `Idempotency-Key` is empty, repeated, longer than 255 characters, or has characters other than visible ASCII.
    .remedy = Send one key of 1 to 255 visible ASCII characters, such as a UUID, or none. { -nothing-sent }

problem-idempotency-key-reused =
    .title = This form was sent before with other details. Please reload the page.
    .meaning = An earlier request had this Idempotency-Key and another body.
    .remedy = Create a new key when the user changes the form. Send the old key only to repeat the same request. { -nothing-sent }

problem-request-in-progress =
    .title = We are still working on this. Please try again { wait }.
    .meaning = The first request with this Idempotency-Key is in progress.
    .remedy = Repeat the same request after the number of seconds in `Retry-After`. If the first request has stored its response by then, you get the same one.

problem-not-found =
    .title = This page does not exist.
    .meaning = No resource has this path. A trailing slash makes a different path.
    .remedy = Check the path.

problem-method-not-allowed =
    .title = This cannot be done here.
    .meaning = The resource does not have this method.
    .remedy = Use one of the methods in the header `Allow`.

problem-invalid-registration =
    .title = Some details need another look.
    .meaning = The form breaks rules. `errors` lists each violation with a pointer to the field, a stable code and a sentence for the user.
    .remedy = Show each `detail` beside its field and let the user send the form again. { -nothing-changed }

problem-registration-rejected =
    .title = We cannot create this account.
    .meaning = The pre-sign-up trigger of the user pool rejected the sign-up, or failed. If it gave a code that the setting `registration.trigger_codes` lists, `errors` has this code.
    .remedy = Show each `detail` beside its field. If there is no `errors`, tell the user how to get help. This request created no account.

problem-account-exists =
    .title = There is already an account with these details. Sign in, or ask for a new code if it is not confirmed yet.
    .meaning = An account has this user name, email address or phone number. At sign-up, `errors` names the field. The account can be confirmed or not, and can be the user's own. At confirmation, the code was correct, but another account has already confirmed the same email address or phone number.
    .remedy = Offer what `next` lists: to sign in (`sign_in`), where users can reset the password, and to have a new code sent (`resend`, by `POST /register/resend`) if the account is not confirmed yet.

problem-invalid-code =
    .title = This code does not work. Please check it, or ask for a new one.
    .meaning = The code is wrong, or no account with this user name waits to be confirmed: it does not exist, is disabled, or is already confirmed. The response is the same in all these cases. In conceal mode, it is also the same if the code expired or too many codes were tried.
    .remedy = Let the user check the user name and the code, or have a new code sent (`POST /register/resend`). A user whose account is already confirmed can sign in.

problem-expired-code =
    .title = This code does not work. Please ask for a new one.
    .meaning = Cognito asks for a new code: this one has expired, a newer one has replaced it, or it is wrong. Cognito may also respond like this if no account has this user name.
    .remedy = Have a new code sent (`POST /register/resend`). It invalidates all earlier codes.

problem-confirmation-uncertain =
    .title = Your account may be confirmed already. Please try to sign in.
    .meaning = The account is confirmed, and the outcome of an earlier request with this code is unknown. Either that request confirmed the account, or the code was wrong and another request did.
    .remedy = Offer to sign in, which shows whether the account is usable.

problem-too-many-requests =
    .title = Too many requests. Please try again { wait }.
    .meaning = A limit of this service is used up. The headers `RateLimit` and `RateLimit-Policy` show the limit of the client. The limit of a recipient or a user name can be the reason too. Then `errors` names its field.
    .remedy = { -try-later } { -nothing-sent }

problem-too-many-attempts =
    .title = Too many attempts. Please try again { wait }.
    .meaning = Cognito accepts no more codes for this account, or sends no more of them, for now. It counts attempts by the hour, and emails of its own sender by the day.
    .remedy = { -try-later } Cognito rejects every attempt before that.

problem-proof-required =
    .title = Please confirm that you are human.
    .meaning = This request needs the proof of a bot check in `human_proof`, and has none.
    .remedy = Let the browser or app create a proof; `GET /register/policy` names the kind. Send the same form again with it, and with the same Idempotency-Key if there was one. { -nothing-sent }

problem-not-human =
    .title = We could not confirm that you are human. Please try again.
    .meaning = The proof in `human_proof` is invalid, expired, already used, or scored too low. The response is the same in all these cases.
    .remedy = Create a new proof and send the same form again with it. Each proof is valid for one request. { -nothing-sent }

problem-sign-up-closed =
    .title = New accounts cannot be created here at the moment.
    .meaning = Only administrators can create accounts in the user pool.
    .remedy = Tell the user how to get an account.

problem-blocked =
    .title = This request was blocked.
    .meaning = A web application firewall in front of the user pool rejected the request.
    .remedy = The operator finds the reason in the log of the firewall. { -nothing-changed }

problem-cross-site =
    .title = This form does not work on this website.
    .meaning = A page of another site sent the request. Its origin is neither that of this service nor in the setting `server.allowed_origins`.
    .remedy = Serve the form from the origin of this service, or let the operator add the origin of the page to the setting. { -nothing-sent }

problem-busy =
    .title = We are very busy right now. Please try again { wait }.
    .meaning = The user pool throttles requests, or this service has reached its limit of requests to Cognito.
    .remedy = { -try-later } { -nothing-changed }

problem-unavailable =
    .title = Sign-up is not available right now. Please try again { wait }.
    .meaning = The user pool could not be reached or accepts no sign-ups at the moment. Or the database, the check for breached passwords, or the bot check provider is unavailable.
    .remedy = { -try-later } { -nothing-changed }

problem-misconfigured =
    .title = Something is wrong on our side. Please try again later.
    .meaning = The settings of this service do not match the user pool or the bot check provider.
    .remedy = The operator finds an alarm in the log that names the mismatch. Let the user try again later with the same details.

problem-delivery-failed =
    .title = We could not send you a code. Please try again { wait }.
    .meaning = Cognito could not deliver the message with the code.
    .remedy = { -try-later } If it keeps failing, the operator checks the email and SMS settings of the user pool.

problem-hook-failed =
    .title = Something went wrong on our side. Please try again.
    .meaning = A Lambda trigger of the user pool failed, or Cognito cannot send the message that a trigger or a template made. { -unknown-outcome }
    .remedy = { -try-same }

problem-upstream-failed =
    .title = Something went wrong on our side. Please try again.
    .meaning = The response of the user pool was lost, makes no sense or is an unknown error, or its result could not be stored. { -unknown-outcome }
    .remedy = { -try-same }

problem-upstream-timeout =
    .title = This is taking too long. Please try again.
    .meaning = The user pool did not respond in time. { -unknown-outcome }
    .remedy = { -try-same }

problem-internal =
    .title = Something went wrong on our side.
    .meaning = This service has a bug.
    .remedy = Report the `request_id` to the operator.

## Violations, for users. A sentence may use the `params` of its code in `docs/api.md`.
## An attribute replaces the sentence for one field. Its name is the JSON pointer without the
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
# With a field of a similar name.
violation-unknown_field-suggestion = There is no such field. Did you mean { $suggestion }?
violation-empty_body = The form is empty.
violation-invalid_json = The form is not valid JSON at line { $line }, column { $column }.
violation-duplicate_key = This is given twice.
violation-wrong_type =
    { $expected ->
        [object] This must be a JSON object.
       *[string] This must be text.
    }
# Cognito does not name the minimum.
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
violation-weak_password = Choose a longer password of a different kind.
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
