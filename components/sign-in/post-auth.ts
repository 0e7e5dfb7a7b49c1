import type { Problem } from "#lib/wire/problem.ts";

/** null: it worked. Otherwise one or two sentences for people. */
export async function postAuth(path: string, body: Record<string, string>): Promise<string | null> {
  return (await askAuth(path, body)).problem;
}

/** The same with the JSON of an answer that has one. */
export async function askAuth(
  path: string,
  body: Record<string, string>,
): Promise<{ problem: string | null; answer: unknown }> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/problem+json" },
      body: JSON.stringify(body),
    });
  } catch {
    const problem = "The app does not answer. Check that it runs and that this machine reaches it, then try again.";
    return { problem, answer: null };
  }
  if (response.ok) return { problem: null, answer: response.status === 204 ? null : await response.json() };
  const told = (await response.json().catch(() => null)) as Partial<Problem> | null;
  const problem = told?.detail ?? `The app answered ${response.status} and did not say why. Its log does.`;
  return { problem, answer: null };
}
