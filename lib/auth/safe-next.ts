/**
 * Where to go after signing in: a path of this app, else `/`. Anything that a browser could read as another site
 * (`//host`, `/\host`, a scheme, control characters that it strips) becomes `/`.
 */
export function safeNext(text: string | null | undefined): string {
  if (typeof text !== "string" || text.length > 2_000) return "/";
  if (!text.startsWith("/") || text.startsWith("//")) return "/";
  // Browsers drop tabs and line ends and read a backslash as a slash, so `/<tab>/host` and `/\host` leave the site.
  // Addresses are printable ASCII: `!` to `~` but the backslash.
  if (/[^!-[\]-~]/.test(text)) return "/";
  return text;
}
