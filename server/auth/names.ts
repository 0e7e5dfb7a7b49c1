export const MAX_NAME_CHARS = 64;

/** Of a person. One sentence, or null when the name will do. */
export function nameMistake(name: string): string | null {
  if (/^[\p{L}\p{N}][\p{L}\p{N} ._@+-]*$/u.test(name) && name.length <= MAX_NAME_CHARS && name === name.trim())
    return null;
  return `The name must start with a letter or digit, have at most ${MAX_NAME_CHARS} characters, and only letters, digits, spaces and . _ @ + - in it.`;
}
