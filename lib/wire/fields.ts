// Order of the fields on the wire: bit i of a mask is field i. The fields that change most come first, so masks stay short.
// Appending is compatible with an open page of the same build only; pages of another build are told to reload.
import type { BackendRow, ServerRow } from "#lib/fleet/view.ts";

export const serverFields = [
  "scur",
  "lastArrivalAt",
  "arrivalsPerSec",
  "checkMs",
  "qcur",
  "weight",
  "throttle",
  "status",
  "adminBits",
  "srvOpState",
  "reference",
  "oldScur",
  "checkStatus",
  "checkCode",
  "checkText",
  "checkHealth",
  "lastChangeAt",
  "adminSinceAt",
  "uweight",
  "iweight",
  "agentStatus",
  "address",
  "cookie",
  "slim",
  "tracked",
  "isBackup",
  "checkRise",
  "checkFall",
  "backend",
  "server",
] as const satisfies readonly (keyof ServerRow)[];

export const backendFields = [
  "scur",
  "arrivalsPerSec",
  "qcur",
  "act",
  "bck",
  "status",
  "mode",
  "algo",
  "cookie",
  "backend",
] as const satisfies readonly (keyof BackendRow)[];

// Every field of a row must be on the wire (the id is made from backend and server): these two lines fail to compile otherwise.
type Missing<Row, Fields extends readonly (keyof Row)[], Made extends keyof Row = never> = Exclude<
  keyof Row,
  Fields[number] | Made
>;
const allServerFields: Missing<ServerRow, typeof serverFields, "id"> extends never ? true : never = true;
const allBackendFields: Missing<BackendRow, typeof backendFields> extends never ? true : never = true;
export const isWireComplete = allServerFields && allBackendFields;
