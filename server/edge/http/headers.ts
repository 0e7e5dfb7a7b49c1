// Security headers. Pages run only scripts that carry this request's nonce: Next reads it from the request's
// content-security-policy header and stamps its own; the theme's line reads x-nonce.
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

export interface PageOptions {
  isDev: boolean;
}

/** style-src-attr: React and the virtual list set style attributes, which cannot carry a nonce and cannot run anything. */
export function pagePolicy(nonce: string, { isDev }: PageOptions): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDev ? " 'unsafe-eval'" : ""}`,
    isDev ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

export function setCommonHeaders(res: ServerResponse, requestId: string, { isHttps }: { isHttps: boolean }): void {
  res.setHeader("x-request-id", requestId);
  res.setHeader("x-content-type-options", "nosniff");
  res.setHeader("x-frame-options", "DENY");
  res.setHeader("referrer-policy", "same-origin");
  res.setHeader("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  res.setHeader("cross-origin-resource-policy", "same-origin");
  res.setHeader("content-security-policy", DATA_POLICY);
  if (isHttps) {
    // Browsers ignore both without TLS, and complain about the second.
    res.setHeader("strict-transport-security", "max-age=31536000");
    res.setHeader("cross-origin-opener-policy", "same-origin");
  }
}

/** Overwrites what the client may have sent under these names. */
export function setPageHeaders(req: IncomingMessage, res: ServerResponse, options: PageOptions): void {
  const nonce = randomBytes(16).toString("base64");
  const policy = pagePolicy(nonce, options);
  req.headers["x-nonce"] = nonce;
  req.headers["content-security-policy"] = policy;
  res.setHeader("content-security-policy", policy);
}
