/** The sign-in page that leads on to `next` (read back with safeNext of lib/auth). */
export function signInPath(next: string): string {
  return next === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`;
}
