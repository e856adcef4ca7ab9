// The last step of a sign-up in a single-page app. `client` is that of `@vestibule/client`.
// `backend` is the URL of your back end, on the origin of the page.

/** Returns a problem to show, or the page that comes next. */
export async function confirm(client, backend, username, code) {
  // The client sends the session of its `register` on.
  const { ok, value, problem } = await client.confirm({ username, code });
  if (!ok) return { problem };
  if (!value.session) return { page: "/sign-in" };
  const response = await fetch(`${backend}/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username, session: value.session }),
  });
  return { page: response.ok ? "/" : "/sign-in" };
}
