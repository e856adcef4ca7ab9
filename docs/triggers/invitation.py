"""A pre-sign-up trigger that accepts sign-ups with an invitation. The variable INVITATIONS has the
invitations, separated by commas."""

import os

INVITATIONS = {invite for invite in os.environ.get("INVITATIONS", "").split(",") if invite}


def handler(event, context):
    # Accounts by administrators and other identity providers need no invitation.
    if event["triggerSource"] != "PreSignUp_SignUp":
        return event

    # Cognito omits `validationData` if the sign-up had none.
    invite = (event["request"].get("validationData") or {}).get("invite")
    if invite not in INVITATIONS:
        # The text must not contain data of the request, which could have a marker.
        raise Exception("[vestibule:invite_invalid]")
    return event
