// What the app must remember between sending a browser to the provider and its return. It travels in the browser's own
// cookie, sealed with a key of this process: nothing is kept here that a stranger could fill up, and a ticket of another
// browser, of another process or of an hour ago opens nothing.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { z } from "zod";
import { clearCookie, OIDC_AT_MOST_MS, readCookie, setCookie } from "../cookie.ts";

const IV_BYTES = 12;
const TAG_BYTES = 16;

const ticketSchema = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  redirectUri: z.string(),
  next: z.string(),
  madeAt: z.number(),
});
export type Ticket = z.infer<typeof ticketSchema>;

export class Tickets {
  readonly #key = randomBytes(32);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** value for the Set-Cookie header */
  give(ticket: Omit<Ticket, "madeAt">, isHttps: boolean): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv);
    const text = JSON.stringify({ ...ticket, madeAt: this.#now() });
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    const value = Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
    return setCookie(value, isHttps, "oidc");
  }

  /** Null: there is none, it is too old, or it was not made by this process. */
  take(cookieHeader: string | undefined, isHttps: boolean): Ticket | null {
    const value = readCookie(cookieHeader, isHttps, "oidc");
    if (value === null) return null;
    const bytes = Buffer.from(value, "base64url");
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
      const ticket = ticketSchema.parse(JSON.parse(text.toString("utf8")));
      return this.#now() - ticket.madeAt < OIDC_AT_MOST_MS ? ticket : null;
    } catch {
      return null;
    }
  }

  /** Set-Cookie that removes it: a ticket is for one return. */
  clear(isHttps: boolean): string {
    return clearCookie(isHttps, "oidc");
  }
}
