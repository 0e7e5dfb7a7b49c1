// The choices of a maintenance and the kinds of its events, in words for people. Codes are for programs.
import type { EventKind } from "./effect.ts";
import type { DeadlineAction, EndSessionsOrder } from "./job.ts";

export const deadlineActionWords: Record<DeadlineAction, string> = {
  wait: "keep waiting",
  "end-sessions": "end sessions, then maint",
  return: "back to ready",
};

export const endSessionsWords: Record<EndSessionsOrder, string> = {
  "tunnels-first": "tunnels first",
  all: "all at once",
};

/** What an entry of the flight recorder is about. */
export function eventKindWords(kind: EventKind): string {
  switch (kind) {
    case "phase":
      return "Next phase";
    case "arrival":
      return "Somebody came back";
    case "count":
      return "Sessions counted";
    case "confirmed":
      return "Confirmed by HAProxy";
    case "reapplied":
      return "Set again after a reload";
    case "process":
      return "New HAProxy process";
    case "deadline":
      return "Deadline";
    case "sessions":
      return "Sessions ended";
    case "command":
      return "Command";
    case "held":
      return "Held";
    case "released":
      return "Goes on";
    case "overridden":
      return "Taken over";
    case "failed":
      return "Failed";
    case "note":
      return "Note";
    case "person":
      return "Request of a person";
  }
}
