// Load balancers of the settings: added, changed and removed while the app runs. Those of the command line, the
// environment or the configuration file come first and are only shown here. One change at a time, each in the same order:
// permission, check, audit intent, check again and do, audit outcome.
import { linkOf } from "#lib/fleet/link.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { isFinal, type Maintenance } from "#lib/maintenance/job.ts";
import { listOf } from "#lib/util/format.ts";
import type {
  AddressTest,
  AddressTestInput,
  LbSource,
  LoadBalancerInput,
  LoadBalancerSetting,
  NewLoadBalancerInput,
} from "#lib/wire/settings.ts";
import { readNamedAddresses } from "#server/config/load-balancers.ts";
import type { Poller } from "#server/fleet/poller.ts";
import { runRequest } from "#server/ops/audited.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call, OpsContext } from "#server/ops/verb.ts";
import { type Address, addressKey, addressText, parseAddress, plaintextWarning } from "#server/runtime/address.ts";
import { Lane } from "#server/runtime/lane.ts";
import type { LoadBalancers as Store, StoredLoadBalancer } from "#server/store/load-balancers.ts";
import { addressOf, itemOf, type KnownLoadBalancer } from "./given.ts";
import { nearbySockets } from "./nearby-sockets.ts";
import { testAddress } from "./test-address.ts";

export interface LoadBalancerSettingsOptions {
  context: OpsContext;
  store: Store;
  given: readonly KnownLoadBalancer[];
  stored: readonly StoredLoadBalancer[];
  makePoller: (lb: StoredLoadBalancer) => Poller;
  jobs: () => readonly Maintenance[];
  /** servers of open maintenances, those that cannot be read included */
  taken: () => ReadonlyMap<ServerId, { maintenanceId: string; who: string }>;
  /** what was remembered of a load balancer that is another one now, or gone */
  forget: (lb: string) => void;
}

export class LoadBalancerSettings {
  readonly #options: LoadBalancerSettingsOptions;
  readonly #stored: Map<string, StoredLoadBalancer>;
  readonly #changes = new Lane();
  readonly #tests = new Lane();

  constructor(options: LoadBalancerSettingsOptions) {
    this.#options = options;
    this.#stored = new Map(options.stored.map((lb) => [lb.name, lb]));
  }

  /** In the order of the board, then those that are not used. */
  list(): LoadBalancerSetting[] {
    const { given, context } = this.#options;
    const found = given.map((lb) =>
      this.#setting({ ...lb, address: addressText(lb.address), master: textOf(lb.master), tls: null }, lb.source),
    );
    const stored = [...this.#stored.values()].map((lb) => this.#setting(lb, "settings"));
    const order = context.fleet.pollers.map((poller) => poller.name);
    const place = (one: LoadBalancerSetting) => (one.unusedWhy === null ? order.indexOf(one.name) : order.length);
    return [...found, ...stored].sort((a, b) => place(a) - place(b));
  }

  /** Sockets of this machine that look like HAProxy's and are not on the board. */
  nearby(): string[] {
    const used = new Set(this.#options.context.fleet.pollers.map(({ client }) => addressKey(client.address)));
    return nearbySockets().filter((path) => !used.has(addressKey({ kind: "unix", path })));
  }

  /** Throws ProblemError "malformed" or "conflict" with the sentence of the command line. */
  add(call: Call, { name, ...input }: NewLoadBalancerInput): Promise<LoadBalancerSetting> {
    const { context, store, makePoller } = this.#options;
    const wanted = storedOf(name, input);
    const check = () => {
      refuseMistakes(wanted);
      if (this.#stored.has(name) || context.fleet.poller(name) !== undefined)
        throw new ProblemError("conflict", `There is a load balancer "${name}" already; choose another name.`);
      this.#refuseDouble(wanted);
      return wanted;
    };
    return this.#changes.run(() =>
      runRequest(context, call, {
        ...this.#request("load-balancer:add", name, null, wanted),
        check,
        act: async () => {
          check();
          context.fleet.add(makePoller(wanted));
          await store.save(wanted, context.now()).catch(async (error: unknown) => {
            await context.fleet.remove(name);
            throw error;
          });
          this.#stored.set(name, wanted);
          this.#warnOf(wanted);
          return this.#setting(wanted, "settings");
        },
      }),
    );
  }

  /** It begins anew: its history is that of the new address. */
  change(call: Call, name: string, input: LoadBalancerInput): Promise<LoadBalancerSetting> {
    const { context, store, makePoller, forget } = this.#options;
    const wanted = storedOf(name, input);
    const before = this.#stored.get(name) ?? null;
    const check = () => {
      const stored = this.#editable(name);
      if (this.#options.given.some((one) => one.name === name))
        throw new ProblemError("conflict", this.#unusedWhy(stored));
      refuseMistakes(wanted);
      this.#refuseDouble(wanted);
      this.#refuseInUse(name, "changed");
      return { before: stored, after: wanted };
    };
    return this.#changes.run(() =>
      runRequest(context, call, {
        ...this.#request("load-balancer:change", name, before, wanted),
        check,
        act: async () => {
          const { before: stored } = check();
          const ended = context.fleet.replace(makePoller(wanted));
          await store.save(wanted, context.now()).catch(async (error: unknown) => {
            await context.fleet.replace(makePoller(stored));
            throw error;
          });
          this.#stored.set(name, wanted);
          if (stored.address !== wanted.address) forget(name);
          this.#warnOf(wanted);
          await ended;
          return this.#setting(wanted, "settings");
        },
      }),
    );
  }

  remove(call: Call, name: string): Promise<void> {
    const { context, store, makePoller, forget } = this.#options;
    const before = this.#stored.get(name) ?? null;
    const check = () => {
      const stored = this.#editable(name);
      if (this.#isUsed(name)) this.#refuseInUse(name, "removed");
      return stored;
    };
    return this.#changes.run(() =>
      runRequest(context, call, {
        ...this.#request<void>("load-balancer:remove", name, before, null),
        check,
        act: async () => {
          const stored = check();
          const isUsed = this.#isUsed(name);
          // Off the board before it is off the disk: no maintenance can begin there in between.
          const ended = isUsed ? context.fleet.remove(name) : null;
          await store.remove(name).catch((error: unknown) => {
            if (isUsed) context.fleet.add(makePoller(stored));
            throw error;
          });
          this.#stored.delete(name);
          if (isUsed) forget(name);
          await ended;
        },
      }),
    );
  }

  /** Connects and asks, changes nothing, stores nothing. One at a time: it is no tool for scanning a network. */
  async test(call: Call, input: AddressTestInput): Promise<AddressTest> {
    const { context } = this.#options;
    const { name = "", ...rest } = input;
    const wanted = storedOf(name, rest);
    return this.#tests.run(() =>
      runRequest(context, call, {
        ...{ action: "load-balancer:test", permission: "settings:write" as const, backends: [] as string[] },
        ...{ target: wanted.address, lb: name === "" ? null : name, reason: null },
        check: () => wanted,
        act: () => testAddress({ fleet: context.fleet, now: context.now }, wanted),
        after: (test) => ({ after: null, detail: { ok: test.ok, findings: test.findings.map(({ code }) => code) } }),
      }),
    );
  }

  #request<T = LoadBalancerSetting>(
    action: string,
    name: string,
    before: StoredLoadBalancer | null,
    after: StoredLoadBalancer | null,
  ) {
    return {
      ...{ action, permission: "settings:write" as const, backends: [] as string[], target: null, reason: null },
      ...{ lb: name, before: before?.address ?? null },
      after: (_value: T) => ({ after: after?.address ?? null, detail: after ?? undefined }),
    };
  }

  #setting(lb: StoredLoadBalancer, source: LbSource): LoadBalancerSetting {
    const { fleet, now } = this.#options.context;
    const unusedWhy = source === "settings" && !this.#isUsed(lb.name) ? this.#unusedWhy(lb) : null;
    const head = unusedWhy === null ? fleet.poller(lb.name)?.view.head : undefined;
    return {
      ...{ name: lb.name, address: lb.address, master: lb.master, tls: lb.tls, source },
      isEditable: source === "settings",
      link: head === undefined ? "unreachable" : linkOf(head, now()),
      version: head?.version ?? null,
      level: head?.level ?? null,
      warning: warningOf(lb),
      error: head?.error?.message ?? null,
      unusedWhy,
    };
  }

  /** As at the start. */
  #warnOf({ name, address }: StoredLoadBalancer): void {
    const parsed = addressOf(address);
    const warning = parsed === null ? null : plaintextWarning(name, parsed);
    if (warning !== null) this.#options.context.log.warn(warning);
  }

  /** False: one that is given at the start has its name or socket. */
  #isUsed(name: string): boolean {
    const { given, context } = this.#options;
    return !given.some((one) => one.name === name) && context.fleet.poller(name) !== undefined;
  }

  #unusedWhy(lb: StoredLoadBalancer): string {
    const { given } = this.#options;
    const sameName = given.find((one) => one.name === lb.name);
    const where = sameName ?? given[0];
    const what = sameName === undefined ? "its socket" : "its name";
    return `Not used: ${what} is given by the ${where?.source ?? "start"} too, which wins. Remove it here or there.`;
  }

  #editable(name: string): StoredLoadBalancer {
    const stored = this.#stored.get(name);
    if (stored !== undefined) return stored;
    const given = this.#options.given.find((one) => one.name === name);
    if (given === undefined)
      throw new ProblemError("unknown-name", `There is no load balancer "${name}" in the settings.`);
    throw new ProblemError(
      "conflict",
      given.source === "found"
        ? `${name} was found at ${addressText(given.address)} by itself, because none was named; start the app with --lb NAME=ADDRESS to choose.`
        : `${name} is named by the ${given.source}; change it there and start the app again.`,
    );
  }

  #refuseDouble(wanted: StoredLoadBalancer): void {
    const others = this.#options.context.fleet.pollers.filter((poller) => poller.name !== wanted.name);
    const items = others.map(({ name, client }) => itemOf(name, addressText(client.address), name));
    const { mistakes } = readNamedAddresses([...items, itemOf(wanted.name, wanted.address, wanted.name)]);
    if (mistakes.length > 0) throw new ProblemError("conflict", mistakes.join(" "));
  }

  /** What a maintenance or a command under way there would lose. */
  #refuseInUse(name: string, verb: "changed" | "removed"): void {
    const { jobs, taken, context } = this.#options;
    const poller = context.fleet.poller(name);
    const using = new Map<string, { who: string; servers: ServerId[] }>();
    const note = (id: string, who: string, server: ServerId) =>
      using.set(id, { who, servers: [...(using.get(id)?.servers ?? []), server] });
    const open = new Map(jobs().map((job) => [job.id, job]));
    for (const [server, { maintenanceId, who }] of taken()) {
      const job = open.get(maintenanceId);
      const cells = job?.servers.find((one) => one.id === server && !isFinal(one.phase))?.cells ?? {};
      const isMeant = job?.options.loadBalancers?.includes(name) ?? true;
      if (name in cells || (isMeant && poller?.row(server) !== undefined)) note(maintenanceId, who, server);
    }
    if (using.size > 0) {
      const which = [...using].map(([id, { who, servers }]) => `${id} of ${who} (${listOf(servers)})`);
      throw new ProblemError(
        "conflict",
        `${name} cannot be ${verb} now: maintenance ${listOf(which)} needs it. Finish or stop it first.`,
      );
    }
    if (poller?.isHeld === true)
      throw new ProblemError(
        "conflict",
        `${name} cannot be ${verb} now: a command is on its way to it. Try again in a moment.`,
      );
  }
}

function refuseMistakes({ name, address, master, tls }: StoredLoadBalancer): void {
  const items = [itemOf(name, address, `load balancer "${name}"`)];
  const masters = master === null ? [] : [itemOf(name, master, `master of "${name}"`)];
  const mistakes = [...readNamedAddresses(items).mistakes, ...readNamedAddresses(masters).mistakes];
  if (tls !== null && !address.startsWith("tls://") && master?.startsWith("tls://") !== true)
    mistakes.push(
      `load balancer "${name}": has TLS files but its address is not tls://; change the address or leave them out.`,
    );
  if (mistakes.length > 0) throw new ProblemError("malformed", mistakes.join(" "));
}

function storedOf(name: string, { address, master, tls }: LoadBalancerInput): StoredLoadBalancer {
  const parsed = parseAddress(address);
  const isEmpty = tls === undefined || tls === null || Object.keys(tls).length === 0;
  return {
    name,
    address: parsed.ok ? addressText(parsed.address) : address,
    master: master ?? null,
    tls: isEmpty ? null : tls,
  };
}

function textOf(address: Address | null): string | null {
  return address === null ? null : addressText(address);
}

function warningOf({ name, address }: StoredLoadBalancer): string | null {
  const parsed = parseAddress(address);
  const warning = parsed.ok ? plaintextWarning(name, parsed.address) : null;
  return warning === null ? null : `${warning}.`;
}
