### The explanations of problems, for developers of front ends. They are in English only.

-nothing-sent = The service sent nothing to Cognito.
-nothing-changed = Cognito created, confirmed and sent nothing.
-unknown-outcome = Cognito may have created or confirmed the account, or sent the code.
-try-later = Try again after the number of seconds in `Retry-After`.
-try-same = Let the user try again with the same details. A sign-up does not report their own account as taken. If the service then rejects a code, the account may be confirmed already: offer to sign in.

problem-unreadable-body =
    .meaning = The body is not a complete JSON object in UTF-8, did not arrive in time, or repeats a key. A value may also have the wrong type, such as a number or null instead of a string. `errors` has the line and column of invalid JSON, and each value of the wrong type.
    .remedy = Send one JSON object with the types of the API. { -nothing-sent }

problem-headers-too-large =
    .meaning = The headers together are larger than this service accepts.
    .remedy = Send fewer or smaller headers. Cookies are the usual cause, and this service needs none.

problem-body-too-large =
    .meaning = The body is larger than the setting `server.max_body` allows, which is 16 KiB by default.
    .remedy = Send only the fields of the form.

problem-unsupported-media-type =
    .meaning = The Content-Type is missing, is repeated or is not `application/json` in UTF-8 or ASCII, or the body is compressed.
    .remedy = Send the header `Content-Type: application/json` and an uncompressed body in UTF-8.

problem-invalid-idempotency-key =
    .meaning = The header `Idempotency-Key` is empty, repeated, longer than 255 characters, or has characters other than visible ASCII.
    .remedy = Send one key of 1 to 255 visible ASCII characters, such as a UUID, or none. { -nothing-sent }

problem-idempotency-key-reused =
    .meaning = An earlier request had this Idempotency-Key and another body.
    .remedy = Create a new key when the user changes the form. Send the old key only to repeat the same request. { -nothing-sent }

problem-request-in-progress =
    .meaning = The first request with this Idempotency-Key is in progress.
    .remedy = Repeat the same request after the number of seconds in `Retry-After`. If the service has stored the first response by then, it sends the same response.

problem-not-found =
    .meaning = No resource has this path. A trailing slash makes a different path.
    .remedy = Check the path.

problem-method-not-allowed =
    .meaning = The resource does not have this method.
    .remedy = Use one of the methods in the header `Allow`.

problem-invalid-registration =
    .meaning = The form breaks rules. `errors` lists each violation with a pointer to the field, a stable code and a text for the user.
    .remedy = Show each `detail` beside its field and let the user send the form again. { -nothing-changed }

problem-registration-rejected =
    .meaning = The pre-sign-up trigger of the user pool rejected the sign-up, or failed. If it gave a code that the setting `registration.trigger_codes` lists, `errors` has this code.
    .remedy = Show each `detail` beside its field. If there is no `errors`, tell the user how to get help. This request created no account.

problem-account-exists =
    .meaning = An account has this user name, email address or phone number. At sign-up, `errors` names the field. The account can be confirmed or not, and can be the user's own. At confirmation, the code was correct, but another account has already confirmed the same email address or phone number.
    .remedy = Offer what `next` lists. With `sign_in`, the user signs in or resets the password. With `resend`, the user requests a new code (`POST /register/resend`), if the account is not confirmed yet.

problem-invalid-code =
    .meaning = The code is wrong, or no account with this user name waits to be confirmed: it does not exist, is disabled, or is already confirmed. The response is the same in all these cases. In conceal mode, it is also the same if the code expired or there were too many attempts.
    .remedy = Let the user check the user name and the code, or request a new code (`POST /register/resend`). A user whose account is already confirmed can sign in.

problem-expired-code =
    .meaning = Cognito asks for a new code: this one has expired, a newer one has replaced it, or it is wrong. Cognito may also respond like this if no account has this user name.
    .remedy = Request a new code (`POST /register/resend`). It invalidates all earlier codes.

problem-confirmation-uncertain =
    .meaning = The account is confirmed, and the outcome of an earlier request with this code is unknown. Either that request confirmed the account, or the code was wrong and another request confirmed the account.
    .remedy = Offer to sign in, which shows if the account is usable.

problem-too-many-requests =
    .meaning = The request is over a limit of this service. The headers `RateLimit` and `RateLimit-Policy` show the limits of the client. If the limit is that of a recipient or a user name, `errors` names its field.
    .remedy = { -try-later } { -nothing-sent }

problem-too-many-attempts =
    .meaning = For now, Cognito accepts no more codes for this account, or sends no more codes. Cognito counts attempts per hour, and emails of its own sender per day.
    .remedy = { -try-later } Until then, Cognito rejects every attempt.

problem-proof-required =
    .meaning = This request needs the proof of a bot check in `human_proof`, and has none.
    .remedy = Let the browser or app create a proof. `GET /register/policy` names the kind. Send the same form again with the proof, and with the same Idempotency-Key if the first request had a key. { -nothing-sent }

problem-not-human =
    .meaning = The proof in `human_proof` is invalid, expired or already used, or its score is too low. The response is the same in all these cases.
    .remedy = Create a new proof and send the same form again with it. Each proof is valid for one request. { -nothing-sent }

problem-sign-up-closed =
    .meaning = Only administrators can create accounts in the user pool.
    .remedy = Tell the user how to get an account.

problem-blocked =
    .meaning = A web application firewall in front of the user pool rejected the request.
    .remedy = The operator finds the reason in the log of the firewall. { -nothing-changed }

problem-cross-site =
    .meaning = A page of another site sent the request. Its origin is neither that of this service nor in the setting `server.allowed_origins`.
    .remedy = Serve the form from the origin of this service, or let the operator add the origin of the page to the setting. { -nothing-sent }

problem-busy =
    .meaning = The user pool throttles requests, or this service has reached its limit of requests to Cognito.
    .remedy = { -try-later } { -nothing-changed }

problem-unavailable =
    .meaning = The user pool is unreachable or accepts no sign-ups at the moment, or the database, the check for breached passwords or the bot check provider is unavailable.
    .remedy = { -try-later } { -nothing-changed }

problem-misconfigured =
    .meaning = The settings of this service do not match the user pool or the bot check provider.
    .remedy = The operator finds an alarm in the log that names the mismatch. Let the user try again later with the same details.

problem-delivery-failed =
    .meaning = Cognito could not deliver the message with the code.
    .remedy = { -try-later } If this fails repeatedly, the operator checks the email and SMS settings of the user pool.

problem-hook-failed =
    .meaning = A Lambda trigger of the user pool failed, or Cognito cannot send the message that a trigger or a template made. { -unknown-outcome }
    .remedy = { -try-same }

problem-upstream-failed =
    .meaning = The response of the user pool was lost, is not readable or is an unknown error, or the service could not store its result. { -unknown-outcome }
    .remedy = { -try-same }

problem-upstream-timeout =
    .meaning = The user pool did not respond in time. { -unknown-outcome }
    .remedy = { -try-same }

problem-internal =
    .meaning = This service has a bug.
    .remedy = Report the `request_id` to the operator.
