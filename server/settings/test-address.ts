// What would become of a load balancer with this address: asked before it is added, and answered with what to do.

import { LoadBalancerModel } from "#lib/fleet/model.ts";
import { isSameProcess } from "#lib/fleet/process.ts";
import type { AddressFinding, AddressTest } from "#lib/wire/settings.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import { addressKey, parseAddress } from "#server/runtime/address.ts";
import { RuntimeClient } from "#server/runtime/client.ts";
import { type Diagnosis, diagnose, diagnoseMaster } from "#server/runtime/diagnose.ts";
import type { TlsSettings } from "#server/runtime/transport.ts";
import type { StoredLoadBalancer } from "#server/store/load-balancers.ts";
import { readTlsPaths } from "./tls-on-demand.ts";

type Parts = { fleet: Fleet; now: () => number };

const NOTHING: Omit<AddressTest, "findings" | "ok"> = {
  version: null,
  level: null,
  pid: null,
  backends: null,
  servers: null,
  uptimeSec: null,
  persistence: null,
};

const NOT_COUNTED = { backends: null, servers: null, persistence: null };

export async function testAddress(parts: Parts, lb: StoredLoadBalancer): Promise<AddressTest> {
  const findings: AddressFinding[] = [];
  let facts = NOTHING;
  const files = lb.tls === null ? null : readTlsPaths(lb.tls, "TLS files");
  if (files !== null && !files.ok)
    findings.push(
      ...files.mistakes.map((message) => ({
        ...{ code: "tls-files" as const, severity: "error" as const, of: "address" as const, message },
        fix: "Write the paths of PEM files on the machine that runs Drainboard, readable for its user.",
      })),
    );
  const tls = files?.ok === true ? files.tls : undefined;
  const who = { name: lb.name === "" ? "new" : lb.name, ...(tls === undefined ? {} : { tls }) };

  const address = parseAddress(lb.address);
  if (!address.ok) findings.push(unreadable("address", address.message));
  else if (files?.ok !== false || address.address.kind !== "tls") {
    const diagnosis = await diagnose(address.address, who);
    findings.push(
      ...diagnosis.findings.map((one) => ({ ...one, of: "address" as const })),
      ...doubles(parts, lb, diagnosis),
    );
    facts = {
      ...factsOf(diagnosis),
      ...(diagnosis.info === null ? {} : await countsOf(address.address, who, tls, parts.now)),
    };
  }
  if (lb.master !== null) {
    const master = parseAddress(lb.master);
    if (!master.ok) findings.push(unreadable("master", master.message));
    else {
      const found = await diagnoseMaster(master.address, { ...who, name: `${who.name} master` });
      findings.push(...found.map((one) => ({ ...one, of: "master" as const })));
    }
  }
  return { ok: findings.every(({ severity }) => severity !== "error"), ...facts, findings };
}

/** Through the very poll that the board makes, so that what it counts is what will be shown. */
async function countsOf(
  address: ConstructorParameters<typeof RuntimeClient>[0]["address"],
  { name }: { name: string },
  tls: TlsSettings | undefined,
  now: () => number,
): Promise<Pick<AddressTest, "backends" | "servers" | "persistence">> {
  const client = new RuntimeClient({ name, address, now, ...(tls === undefined ? {} : { tls }) });
  try {
    const reply = await client.observe();
    const seen = new LoadBalancerModel().observe(reply.bytes, reply, reply.receivedAtMs);
    if (!seen.ok) return NOT_COUNTED;
    const persistence = seen.backends.map(({ backend, cookie, algo }) => ({ backend, cookie, balance: algo }));
    return { backends: seen.backends.length, servers: seen.servers.length, persistence };
  } catch {
    // what stands against it was found by its first answer, or the board will say
    return NOT_COUNTED;
  } finally {
    client.close();
  }
}

function factsOf({ info, level }: Diagnosis): typeof NOTHING {
  return {
    ...NOTHING,
    version: info?.version ?? null,
    level,
    pid: info?.pid ?? null,
    uptimeSec: info?.uptimeSec ?? null,
  };
}

/** Its sessions would count twice. */
function doubles({ fleet, now }: Parts, lb: StoredLoadBalancer, { info }: Diagnosis): AddressFinding[] {
  const others = fleet.pollers.filter((poller) => poller.name !== lb.name);
  const parsed = parseAddress(lb.address);
  const key = parsed.ok ? addressKey(parsed.address) : null;
  const sameSocket = others.find((poller) => addressKey(poller.client.address) === key);
  if (sameSocket !== undefined) {
    return [
      {
        ...{ code: "duplicate", severity: "error", of: "address" },
        message: `This is the socket of ${sameSocket.name}.`,
        fix: "Write the address of another load balancer; its sessions would count twice.",
      },
    ];
  }
  if (info === null) return [];
  const process = { pid: info.pid, startedAt: info.startTimeSec ?? Math.floor(now() / 1_000) - info.uptimeSec };
  const twin = others.find((poller) => {
    const theirs = poller.view.head.process;
    return theirs !== null && isSameProcess(process, theirs);
  });
  if (twin === undefined) return [];
  return [
    {
      ...{ code: "same-process", severity: "error", of: "address" },
      message: `This is the HAProxy process (pid ${info.pid}) that ${twin.name} shows already, by another address.`,
      fix: `Keep one of the two; its sessions would count twice. To change the address of ${twin.name}, edit it.`,
    },
  ];
}

function unreadable(of: AddressFinding["of"], message: string): AddressFinding {
  return {
    ...{ code: "unreadable", severity: "error", of, message: `${message.charAt(0).toUpperCase()}${message.slice(1)}.` },
    fix: "Write /path/to/admin.sock, tcp://host:port or tls://host:port.",
  };
}
