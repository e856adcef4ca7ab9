"""A pre-sign-up trigger that accepts sign-ups with an invitation. The invitations stand in the
variable INVITATIONS, separated by commas."""

import os

INVITATIONS = {invite for invite in os.environ.get("INVITATIONS", "").split(",") if invite}


def handler(event, context):
    # Whom an administrator or another identity provider brings along needs no invitation.
    if event["triggerSource"] != "PreSignUp_SignUp":
        return event

    # There is no validationData at all where nothing was sent.
    invite = (event["request"].get("validationData") or {}).get("invite")
    if invite not in INVITATIONS:
        # Never with data of the request, which could contain a marker.
        raise Exception("[vestibule:invite_invalid]")
    return event
