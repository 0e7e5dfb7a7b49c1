// Every table as the code sees it. Columns are snake_case in the file (CamelCasePlugin), times are epoch milliseconds.
import type { AuditTable } from "./audit.ts";
import type { BackendSettingsTable } from "./backend-settings.ts";
import type { IdempotencyTable } from "./idempotency.ts";
import type { KeptStatesTable } from "./kept-states.ts";
import type { LoadBalancersTable } from "./load-balancers.ts";
import type { LoginsTable } from "./logins.ts";
import type { MaintenanceEventsTable } from "./maintenance-events.ts";
import type { MaintenancesTable } from "./maintenances.ts";
import type { PeopleTable } from "./people.ts";
import type { ProbeSettingsTable } from "./probe-settings.ts";
import type { ResetLinksTable } from "./reset-links.ts";
import type { SettingsTable } from "./settings.ts";
import type { TokensTable } from "./tokens.ts";
import type { WallLinksTable } from "./wall-links.ts";

export interface Schema {
  people: PeopleTable;
  logins: LoginsTable;
  resetLinks: ResetLinksTable;
  tokens: TokensTable;
  wallLinks: WallLinksTable;
  audit: AuditTable;
  idempotency: IdempotencyTable;
  settings: SettingsTable;
  maintenances: MaintenancesTable;
  maintenanceEvents: MaintenanceEventsTable;
  keptStates: KeptStatesTable;
  loadBalancers: LoadBalancersTable;
  backendSettings: BackendSettingsTable;
  probeSettings: ProbeSettingsTable;
}
