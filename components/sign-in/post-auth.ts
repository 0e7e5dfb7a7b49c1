import type { Problem } from "#lib/wire/problem.ts";

/** null: it worked. Otherwise one or two sentences for people. */
export async function postAuth(path: string, body: Record<string, string>): Promise<string | null> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/problem+json" },
      body: JSON.stringify(body),
    });
  } catch {
    return "The app does not answer. Check that it runs and that this machine reaches it, then try again.";
  }
  if (response.ok) return null;
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null;
  return problem?.detail ?? `The app answered ${response.status} and did not say why. Its log does.`;
}
