// A pre-sign-up trigger that accepts sign-ups with an invitation. The invitations stand in the
// variable INVITATIONS, separated by commas.

const invitations = new Set(
  (process.env.INVITATIONS ?? "").split(",").filter((invitation) => invitation !== ""),
);

export const handler = async (event) => {
  // Whom an administrator or another identity provider brings along needs no invitation.
  if (event.triggerSource !== "PreSignUp_SignUp") return event;

  // There is no validationData at all where nothing was sent.
  const invite = event.request.validationData?.invite ?? "";
  if (!invitations.has(invite)) {
    // Never with data of the request, which could contain a marker.
    throw new Error("[vestibule:invite_invalid]");
  }
  return event;
};
