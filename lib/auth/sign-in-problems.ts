// Why a sign-in by way of another site did not work. The way back to the sign-in page carries only the code, so that
// nobody can put words of his own on it.

const sentences = {
  "provider-down": "The sign-in provider does not answer. Try again in a minute, or sign in with a local account.",
  "provider-refused":
    "The provider did not sign you in: it was cancelled there, or you may not use Drainboard. Try again, or ask who runs the provider.",
  "provider-setup":
    "The provider does not accept Drainboard as it is configured. An admin finds the reason in Drainboard's log.",
  expired: "The sign-in took too long, or it was started in another window. Start it again here.",
  "not-proved":
    "The provider's answer did not prove who you are, so you are not signed in. Try again; if it stays so, an admin finds the reason in Drainboard's log.",
  "no-role": "You are known, but none of your groups has a role in Drainboard. Ask an admin for one.",
  disabled: "Your account in Drainboard is disabled. Ask an admin.",
  "name-taken": "Another person in Drainboard already has your name. Ask an admin to remove or rename that one first.",
} as const;

export type SignInProblem = keyof typeof sentences;

/** Null for anything that is not one of the codes. */
export function signInSentence(code: string | null | undefined): string | null {
  return typeof code === "string" && Object.hasOwn(sentences, code) ? sentences[code as SignInProblem] : null;
}
