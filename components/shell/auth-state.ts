/** Of `GET /auth/state`, what the pages use. */
export interface AuthState {
  signedIn: boolean;
  /** nobody can sign in yet: the app printed a set-up link */
  needsSetup: boolean;
  /** sign-in at an OpenID Connect provider; null: not configured */
  oidc: { label: string } | null;
  /** why somebody whom a proxy in front knows is not let in, as a code of lib/auth/sign-in-problems.ts */
  problem: string | null;
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
  const { signedIn, needsSetup, oidc, problem } = body as Partial<Record<keyof AuthState, unknown>>;
  const isOidc = oidc === null || (typeof oidc === "object" && "label" in oidc && typeof oidc.label === "string");
  const isProblem = problem === null || typeof problem === "string";
  return typeof signedIn === "boolean" && typeof needsSetup === "boolean" && isOidc && isProblem;
}
