const HOME = "/";

/** Where to go after signing in: a path of this origin, or home. `//host`, `/\host` and whole URLs lead elsewhere. */
export function safeNextPath(next: string | null | undefined): string {
  if (next === null || next === undefined || !next.startsWith("/")) return HOME;
  // resolved as a browser would, tabs, newlines and backslashes included
  const here = "http://here.invalid";
  if (!URL.canParse(next, here)) return HOME;
  const url = new URL(next, here);
  return url.origin === here ? url.pathname + url.search + url.hash : HOME;
}

export function signInPath(next: string): string {
  return next === HOME ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`;
}
