// In the order they run. A migration that was released is never edited: a later one corrects it.
import type { Migration } from "kysely/migration";
import * as people from "./0001-people.ts";
import * as logins from "./0002-logins.ts";
import * as tokens from "./0003-tokens.ts";
import * as audit from "./0004-audit.ts";
import * as idempotency from "./0005-idempotency.ts";
import * as settings from "./0006-settings.ts";
import * as maintenances from "./0007-maintenances.ts";
import * as access from "./0010-access.ts";
import * as auditChain from "./0020-audit-chain.ts";
import * as loadBalancers from "./0030-load-balancers.ts";
import * as backendSettings from "./0031-backend-settings.ts";
import * as probeSettings from "./0040-probe-settings.ts";

export const migrations: Record<string, Migration> = {
  "0001-people": people,
  "0002-logins": logins,
  "0003-tokens": tokens,
  "0004-audit": audit,
  "0005-idempotency": idempotency,
  "0006-settings": settings,
  "0007-maintenances": maintenances,
  "0010-access": access,
  "0020-audit-chain": auditChain,
  "0030-load-balancers": loadBalancers,
  "0031-backend-settings": backendSettings,
  "0040-probe-settings": probeSettings,
};
