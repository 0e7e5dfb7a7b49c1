import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** 256 random bits: cannot be guessed, so a plain SHA-256 is enough to store it. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Compares hashes, so that neither length nor content shows in the time it takes. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}

export function newId(): string {
  return randomBytes(9).toString("base64url");
}

const tokenBegins = { api: "drainboard_", wall: "drainboard_wall_" } as const;
/** Of the random part: enough to tell two tokens apart, too little to guess the rest. */
const SHOWN_CHARS = 4;

/** It says what it is, so that a scanner for secrets finds one that was committed: `drainboard_` and 43 characters. */
export function newToken(kind: keyof typeof tokenBegins): { token: string; prefix: string } {
  const token = `${tokenBegins[kind]}${newSecret()}`;
  return { token, prefix: token.slice(0, tokenBegins[kind].length + SHOWN_CHARS) };
}
