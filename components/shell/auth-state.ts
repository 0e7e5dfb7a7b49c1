import type { Me } from "#lib/wire/events.ts";

/** `GET /auth/state`. `me` is null when nobody is signed in. */
export interface AuthState {
  needsSetup: boolean;
  me?: Me | null;
}

/** null: the app did not answer, so nothing is known. */
export async function authState(): Promise<AuthState | null> {
  try {
    const response = await fetch("/auth/state", { cache: "no-store", headers: { accept: "application/json" } });
    if (!response.ok) return null;
    const body: unknown = await response.json();
    return isAuthState(body) ? body : null;
  } catch {
    return null;
  }
}

function isAuthState(body: unknown): body is AuthState {
  return typeof body === "object" && body !== null && "needsSetup" in body && typeof body.needsSetup === "boolean";
}
