// What a provider says of a person, as far as it matters here.

import { MAX_NAME_CHARS } from "../names.ts";

export interface Claims {
  readonly [name: string]: unknown;
}

/** Of the claims that providers fill, the ones that a colleague would recognise, best first. */
const USUAL_NAMES = ["preferred_username", "email", "name"];

/** A claim by name, or within another one: `realm_access.roles`. A claim whose own name has dots wins. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Claims)[step];
  }
  return value;
}

/** A text, or a list of them; anything else counts as no group. */
export function groupsAt(claims: Claims, path: string): string[] {
  const value = claimAt(claims, path);
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** How the person is called here. */
export function nameAt(claims: Claims, path: string | null, subject: string): string {
  const found = (path === null ? USUAL_NAMES : [path]).map((one) => claimAt(claims, one));
  const name = found.find((one) => typeof one === "string" && one.trim() !== "") ?? subject;
  return shownName(String(name)) || shownName(subject);
}

/** As names.ts wants them: what it does not take becomes a space ("O'Brien, Ann" is "O Brien Ann"). */
function shownName(text: string): string {
  const plain = text
    .normalize("NFC")
    .replace(/[^\p{L}\p{N} ._@+-]+/gu, " ")
    .replace(/ +/g, " ")
    .replace(/^[^\p{L}\p{N}]+/u, "");
  return plain.slice(0, MAX_NAME_CHARS).trim();
}
