// Which columns of a poll are read, and which of them are news when they differ. Columns that tick by themselves every
// second (lastsess, lastchg) or that only feed a rate (stot) are read but are no news.

interface ColumnSpec {
  readonly name: string;
  readonly kind: "number" | "text";
}

interface Columns<Name extends string> {
  readonly specs: readonly ColumnSpec[];
  /** position of each column in specs */
  readonly at: Readonly<Record<Name, number>>;
  /** bit i set: a change of column i is worth building the row again */
  readonly newsMask: number;
}

function columns<Name extends string>(
  kinds: Readonly<Record<Name, "number" | "text">>,
  quiet: readonly NoInfer<Name>[],
): Columns<Name> {
  const names = Object.keys(kinds) as Name[];
  const at = Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number>;
  let newsMask = 0;
  for (const name of names) if (!quiet.includes(name)) newsMask |= 1 << at[name];
  return { specs: names.map((name) => ({ name, kind: kinds[name] })), at, newsMask };
}

/** `show stat`, in the order HAProxy prints them: the reader stops after the last one. */
export const statColumns = columns(
  {
    pxname: "text",
    svname: "text",
    qcur: "number",
    scur: "number",
    slim: "number",
    stot: "number",
    status: "text",
    weight: "number",
    act: "number",
    bck: "number",
    lastchg: "number",
    throttle: "number",
    tracked: "text",
    type: "number",
    check_status: "text",
    check_code: "number",
    check_duration: "number",
    lastsess: "number",
    last_chk: "text",
    agent_status: "text",
    check_rise: "number",
    check_fall: "number",
    check_health: "number",
    addr: "text",
    cookie: "text",
    mode: "text",
    algo: "text",
  },
  ["stot", "lastsess", "lastchg"],
);

/** `show servers state` */
export const stateColumns = columns(
  {
    be_name: "text",
    srv_name: "text",
    srv_op_state: "number",
    srv_admin_state: "number",
    srv_uweight: "number",
    srv_iweight: "number",
  },
  [],
);

/** Without these a reply says nothing that may be shown; every version from 2.2 on has them. */
export const requiredStatColumns = ["pxname", "svname", "type", "scur", "qcur", "stot", "status", "weight"] as const;
export const requiredStateColumns = ["be_name", "srv_name", "srv_op_state", "srv_admin_state"] as const;
