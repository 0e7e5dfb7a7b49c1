// Where the probe of each backend asks: set by an admin, checked when it is saved, never taken from a probe's request.
import { type ProbeSetting, type ProbeSettingBody, probeSettingSchema } from "#lib/wire/persistence.ts";
import { runRequest } from "#server/ops/audited.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call, OpsContext } from "#server/ops/verb.ts";
import { Lane } from "#server/runtime/lane.ts";
import type { ProbeSettings as ProbeSettingsTable } from "#server/store/probe-settings.ts";
import { urlOf } from "./ask.ts";
import { guessProbe } from "./guess.ts";
import { isRefusedAddress, splitAddress } from "./target.ts";

export interface ProbeSettingsOptions {
  context: OpsContext;
  store: ProbeSettingsTable;
  stored: Map<string, ProbeSetting>;
}

export class ProbeSettings {
  readonly #options: ProbeSettingsOptions;
  readonly #changes = new Lane();

  constructor(options: ProbeSettingsOptions) {
    this.#options = options;
  }

  of(backend: string): ProbeSetting | null {
    return this.#options.stored.get(backend) ?? null;
  }

  async read(backend: string): Promise<ProbeSettingBody> {
    this.#refuseUnknown(backend);
    const { fleet } = this.#options.context;
    return { backend, setting: this.of(backend), guess: await guessProbe(fleet, backend) };
  }

  /** null: the probe is off again. Throws ProblemError. */
  async change(call: Call, backend: string, input: ProbeSetting | null): Promise<ProbeSettingBody> {
    const { context, store, stored } = this.#options;
    const setting = input === null ? null : probeSettingSchema.parse(input);
    const check = () => {
      this.#refuseUnknown(backend);
      if (setting !== null && isRefusedAddress(splitAddress(setting.address).host))
        throw new ProblemError(
          "malformed",
          `address: ${setting.address} is link-local, multicast or reserved; write the address of a frontend.`,
        );
      return setting;
    };
    await this.#changes.run(() =>
      runRequest(context, call, {
        ...{ action: "probe:set", permission: "settings:write", backends: [backend], target: backend, reason: null },
        before: wordsOf(this.of(backend)),
        check,
        act: async () => {
          check();
          await store.save(backend, setting);
          if (setting === null) stored.delete(backend);
          else stored.set(backend, setting);
        },
        after: () => ({ after: wordsOf(setting) }),
      }),
    );
    return this.read(backend);
  }

  /** One that was set stays open to change when its backend is gone. */
  #refuseUnknown(backend: string): void {
    const { context, stored } = this.#options;
    if (stored.has(backend) || context.fleet.view().backends.some((one) => one.backend === backend)) return;
    throw new ProblemError("unknown-name", `No load balancer has a backend ${JSON.stringify(backend)}.`);
  }
}

function wordsOf(setting: ProbeSetting | null): string {
  if (setting === null) return "off";
  return `${setting.method} ${urlOf(setting)} at ${setting.address}`;
}
