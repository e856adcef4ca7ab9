// Compiles only if the types of the package fit the contract.
import { createClient, type Problem } from "@vestibule/client";

const client = createClient({ baseUrl: "https://signup.example.com" });

export async function signUp(): Promise<string> {
  const result = await client.register({ email: "ada@example.com", password: "Correct-horse-7" });
  return result.ok ? result.value.next : explain(result.problem);
}

function explain(problem: Problem): string {
  switch (problem.code) {
    case "invalid_registration":
      return problem.errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join();
    case "network":
    case "proof_failed":
      return String(problem.cause);
    case "too_many_requests":
      return `${problem.title} ${problem.retryAfter}`;
    default:
      return String(problem.status);
  }
}

// @ts-expect-error There is no such field.
void client.register({ mail: "ada@example.com" });
