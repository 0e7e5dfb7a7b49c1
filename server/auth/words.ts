import type { Role } from "#lib/auth/permissions.ts";
import { listOf } from "#lib/util/format.ts";

/** For the audit: `operator of team-a-* and APP1`, `viewer`, `admin, disabled`. */
export function accessWords(access: {
  role: Role;
  backends: readonly string[] | null;
  disabledAt?: number | null;
}): string {
  const limit = access.backends === null ? "" : ` of ${listOf(access.backends)}`;
  const disabled = (access.disabledAt ?? null) === null ? "" : ", disabled";
  return `${access.role}${limit}${disabled}`;
}
