import type { SyntheticEvent } from "react";

/** What opens at the end of a dialog opens below its edge: bring it into view. */
export function showWhole(event: SyntheticEvent<HTMLDetailsElement>): void {
  if (event.currentTarget.open) event.currentTarget.scrollIntoView({ block: "nearest" });
}
