"""A pre-sign-up trigger that accepts only the sign-ups of Vestibule. The variable VESTIBULE_KEYS has
the keys by id: {"1": "…"}. During a rotation it has two keys."""

import base64
import hmac
import json
import os
import re
import time

KEYS = json.loads(os.environ["VESTIBULE_KEYS"])
ENTRY = "vestibule_signature"  # cognito.signature.validation_data_key
MAX_AGE = 300  # seconds
MAX_AHEAD = 60  # seconds, because clocks differ
SIGNATURE = re.compile(r"v1\.([A-Za-z0-9_-]+)\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


def is_signed(event):
    signature = (event["request"].get("validationData") or {}).get(ENTRY) or ""
    parts = SIGNATURE.fullmatch(signature)
    if parts is None:
        return False
    key_id, sent, digest = parts.groups()

    key = KEYS.get(key_id)
    age = int(time.time()) - int(sent)
    if key is None or age > MAX_AGE or age < -MAX_AHEAD:
        return False

    # The signature has the user name of the sign-up. If that is an email address or a phone number,
    # `userName` is a UUID that Cognito generated.
    attributes = event["request"].get("userAttributes") or {}
    pool, client = event["userPoolId"], event["callerContext"]["clientId"]
    for username in (event["userName"], attributes.get("email"), attributes.get("phone_number")):
        if username is None:
            continue
        signed = "\n".join(("v1", key_id, sent, pool, client, username.lower()))
        expected = hmac.digest(key.encode(), signed.encode(), "sha256")
        expected = base64.urlsafe_b64encode(expected).rstrip(b"=")
        if hmac.compare_digest(expected, digest.encode()):
            return True
    return False


def handler(event, context):
    # Accounts by administrators and other identity providers have no signature.
    if event["triggerSource"] == "PreSignUp_SignUp" and not is_signed(event):
        raise Exception("This sign-up did not come through Vestibule.")
    return event
