import type { IncomingMessage } from "node:http";
import type { WayInOf } from "#server/auth/way-in.ts";

export type BaseUrlOf = (req: IncomingMessage) => string;

/** Where the one who asks reaches the app, for links in the answer. Without a slash at the end. */
export function baseUrlOf(publicUrl: string | null, wayInOf: WayInOf): BaseUrlOf {
  const configured = publicUrl?.replace(/\/+$/, "");
  return (req) => {
    // Host is what the asking browser itself was told to use; nobody else sees the answer.
    const { isHttps, host = "localhost" } = wayInOf(req);
    return configured ?? `${isHttps ? "https" : "http"}://${host}`;
  };
}
