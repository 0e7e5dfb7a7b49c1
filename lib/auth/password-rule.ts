export const MIN_PASSWORD_CHARS = 8;
const MAX_PASSWORD_CHARS = 1_000;

/** One sentence, or null when the password will do. */
export function passwordMistake(password: string): string | null {
  if ([...password].length < MIN_PASSWORD_CHARS)
    return `The password is too short: it needs at least ${MIN_PASSWORD_CHARS} characters. A few words in a row are easy to remember.`;
  if (password.length > MAX_PASSWORD_CHARS)
    return `The password is too long: at most ${MAX_PASSWORD_CHARS} characters are taken.`;
  return null;
}
