import type { DeadlineAction, EndSessionsOrder } from "#lib/maintenance/job.ts";
import type { DurationValue } from "./duration-value.ts";

export const NO_DEADLINE = "none";

export interface DeadlineValue {
  readonly deadline: DurationValue;
  readonly atDeadline: DeadlineAction;
  readonly endSessions: EndSessionsOrder;
}
