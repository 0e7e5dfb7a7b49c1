/** A whole reply that does not have the grammar it should have. The message names the part and quotes what stood there. */
export class UnreadableReply extends Error {
  readonly code = "unreadable";
  constructor(message: string) {
    super(message);
    this.name = "UnreadableReply";
  }
}

/** The first words of a foreign text for a message: one line, bounded, quoted. */
export function quoted(text: string, maxChars = 60): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return JSON.stringify(line.length > maxChars ? `${line.slice(0, maxChars)}…` : line);
}
