// From what the library throws to what the person is told.
import type { SignInProblem } from "#lib/auth/sign-in-problems.ts";
import { SignInFault } from "./sign-in-fault.ts";

/** Errors of the provider that pass by themselves (RFC 6749 4.1.2.1). */
const PASSING = ["temporarily_unavailable", "server_error"];
/** The person, or the provider's rules about this person (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6). */
const ABOUT_THE_PERSON = [
  ...["access_denied", "login_required", "interaction_required", "consent_required", "account_selection_required"],
];

export function faultOf(error: unknown, step: "discovery" | "return" = "return"): SignInFault {
  if (error instanceof SignInFault) return error;
  const code = codeOf(error, step);
  return new SignInFault(code, `${step} failed: ${chainOf(error)}`, error);
}

function codeOf(error: unknown, step: "discovery" | "return"): SignInProblem {
  const said = fieldOf(error, "error");
  if (said !== null) {
    if (PASSING.includes(said)) return "provider-down";
    if (ABOUT_THE_PERSON.includes(said)) return "provider-refused";
    // a code that is too old or was used: the person starts again
    return said === "invalid_grant" ? "expired" : "provider-setup";
  }
  // The id or the secret, said in a header instead of the body.
  if (fieldOf(error, "code") === "OAUTH_WWW_AUTHENTICATE_CHALLENGE") return "provider-setup";
  if (isUnreachable(error)) return "provider-down";
  return step === "discovery" ? "provider-setup" : "not-proved";
}

/** No connection, no name, no certificate, no answer in time, or an error of a proxy in front of it. */
function isUnreachable(error: unknown): boolean {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (one.message === "fetch failed" || fieldOf(one, "code") === "OAUTH_TIMEOUT") return true;
    if (["TimeoutError", "AbortError"].includes(one.name)) return true;
  }
  const status = responseOf(error)?.status;
  return status !== undefined && status >= 500;
}

function responseOf(error: unknown): Response | null {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (one.cause instanceof Response) return one.cause;
  }
  return null;
}

/** Messages from the outside in: the outer ones say little. No token stands in any of them. */
function chainOf(error: unknown): string {
  const said: string[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    said.push(
      ...[one.message, fieldOf(one, "error"), fieldOf(one, "error_description")].filter((text) => text !== null),
    );
  }
  const response = responseOf(error);
  if (response !== null) said.push(`${response.status} from ${response.url}`);
  return said.join(": ");
}

function fieldOf(error: unknown, field: string): string | null {
  if (!(error instanceof Error) || !(field in error)) return null;
  const value: unknown = (error as unknown as Record<string, unknown>)[field];
  return typeof value === "string" ? value : null;
}
