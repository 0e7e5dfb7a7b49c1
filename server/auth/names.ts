// Names of people, and that nobody else has them: whoever reads who did something must not take one for another.
import { ADMIN_TOKEN_NAME } from "#lib/auth/actor.ts";
import type { Store } from "#server/store/store.ts";

export const MAX_NAME_CHARS = 64;

/** Of a person. One sentence, or null when the name will do. */
export function nameMistake(name: string): string | null {
  if (/^[\p{L}\p{N}][\p{L}\p{N} ._@+-]*$/u.test(name) && name.length <= MAX_NAME_CHARS && name === name.trim())
    return null;
  return `The name must start with a letter or digit, have at most ${MAX_NAME_CHARS} characters, and only letters, digits, spaces and . _ @ + - in it.`;
}

/** A person cannot be named as a token or a wall link that works; null when the name is free of them. */
export async function tokenNamed(store: Pick<Store, "tokens" | "wallLinks">, name: string): Promise<string | null> {
  if (isSameName(ADMIN_TOKEN_NAME, name)) return `The name ${name} is kept for the admin token. Choose another name.`;
  const found = (await store.tokens.list()).find((one) => isSameName(one.name, name));
  if (found !== undefined)
    return `There is a token named ${found.name} already. Choose another name, or revoke the token first.`;
  const link = (await store.wallLinks.list()).find((one) => isSameName(one.name, name));
  return link === undefined
    ? null
    : `There is a wall link named ${link.name} already. Choose another name, or revoke the wall link first.`;
}

/** A token or a wall link cannot be named as a person; null when the name is free of them. */
export async function personNamed(store: Pick<Store, "people">, name: string): Promise<string | null> {
  if (isSameName(ADMIN_TOKEN_NAME, name)) return `The name ${name} is kept for the admin token. Choose another name.`;
  const found = (await store.people.list()).find((one) => isSameName(one.name, name));
  return found === undefined
    ? null
    : `There is a person named ${found.name}: what this one does would look like theirs. Choose another name.`;
}

function isSameName(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
