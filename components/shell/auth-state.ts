/** Of `GET /auth/state`, what the pages use. */
export interface AuthState {
  signedIn: boolean;
  /** nobody can sign in yet: the app printed a set-up link */
  needsSetup: boolean;
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
  if (typeof body !== "object" || body === null) return false;
  const { signedIn, needsSetup } = body as Partial<Record<keyof AuthState, unknown>>;
  return typeof signedIn === "boolean" && typeof needsSetup === "boolean";
}
