// `show cli level`: what this socket may do (management manual 9.3). Below admin no state can be changed; at user level
// `show stat` leaves addr, cookie and algo blank.
import { quoted, UnreadableReply } from "./unreadable.ts";

export const cliLevels = ["admin", "operator", "user"] as const;
export type CliLevel = (typeof cliLevels)[number];

/** Throws UnreadableReply on anything but one of the three words. */
export function parseCliLevel(text: string): CliLevel {
  // 3.2 counts a CR or an empty command as one more blank line
  const word = text.trim();
  const level = cliLevels.find((known) => known === word);
  if (level === undefined || !text.endsWith("\n")) {
    throw new UnreadableReply(`"show cli level" should answer admin, operator or user but answered ${quoted(text)}`);
  }
  return level;
}
