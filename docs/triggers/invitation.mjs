// A pre-sign-up trigger that accepts sign-ups with an invitation. The variable INVITATIONS has the
// invitations, separated by commas.

const invitations = new Set(
  (process.env.INVITATIONS ?? "").split(",").filter((invitation) => invitation !== ""),
);

export const handler = async (event) => {
  // Accounts by administrators and other identity providers need no invitation.
  if (event.triggerSource !== "PreSignUp_SignUp") return event;

  // Cognito omits `validationData` if the sign-up had none.
  const invite = event.request.validationData?.invite ?? "";
  if (!invitations.has(invite)) {
    // The text must not contain data of the request, which could have a marker.
    throw new Error("[vestibule:invite_invalid]");
  }
  return event;
};
