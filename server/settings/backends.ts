// Minimum and quiet window per backend, and what happens after a reload. The configuration file wins over the settings,
// the settings over the default; each value says where it comes from.

import { z } from "zod";
import { defaultMinimum } from "#lib/fleet/merge.ts";
import { formatDuration } from "#lib/maintenance/duration.ts";
import {
  type AfterReload,
  type AfterReloadSetting,
  afterReloadChoices,
  type BackendSetting,
  type BackendSettings as BackendSettingsBody,
} from "#lib/wire/settings.ts";
import type { BackendConfig } from "#server/config.ts";
import { quietWindowOf } from "#server/maintenance/preflight.ts";
import { runRequest } from "#server/ops/audited.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call, OpsContext } from "#server/ops/verb.ts";
import { Lane } from "#server/runtime/lane.ts";
import type { StoredBackendSetting } from "#server/store/backend-settings.ts";
import type { Store } from "#server/store/store.ts";

const AFTER_RELOAD_KEY = "after-reload";
const storedAfterReload = z.enum(afterReloadChoices).nullable();

export interface Precedence {
  /** of the configuration file */
  backends: Readonly<Record<string, BackendConfig>>;
  afterReload?: AfterReload;
}

/** What counts now, for everything that asks while the app runs. */
export class EffectiveBackends {
  readonly #file: Precedence;
  readonly #stored: Map<string, StoredBackendSetting>;
  #afterReload: AfterReload | null;

  constructor(file: Precedence, stored: readonly StoredBackendSetting[], afterReload: AfterReload | null) {
    this.#file = file;
    this.#stored = new Map(stored.map((one) => [one.backend, one]));
    this.#afterReload = afterReload;
  }

  static async load(store: Pick<Store, "settings" | "backendSettings">, file: Precedence): Promise<EffectiveBackends> {
    const afterReload = await store.settings.get(AFTER_RELOAD_KEY, storedAfterReload);
    return new EffectiveBackends(file, await store.backendSettings.all(), afterReload);
  }

  /** Per backend, where somebody set one. */
  minimums(): Record<string, number> {
    const minimums: Record<string, number> = {};
    for (const backend of this.names()) {
      const minimum = this.minimumOf(backend);
      if (minimum !== null) minimums[backend] = minimum.value;
    }
    return minimums;
  }

  names(): string[] {
    return [...new Set([...Object.keys(this.#file.backends), ...this.#stored.keys()])];
  }

  minimumOf(backend: string): { value: number; from: "config file" | "settings" } | null {
    const file = this.#fileOf(backend)?.minimum;
    if (file !== undefined) return { value: file, from: "config file" };
    const stored = this.#stored.get(backend)?.minimum ?? null;
    return stored === null ? null : { value: stored, from: "settings" };
  }

  readonly quietOf = (backend: string): { quietMs: number; from: "config file" | "settings" } | null => {
    const file = this.#fileOf(backend)?.quietMs;
    if (file !== undefined) return { quietMs: file, from: "config file" };
    const stored = this.#stored.get(backend)?.quietMs ?? null;
    return stored === null ? null : { quietMs: stored, from: "settings" };
  };

  readonly afterReload = (): AfterReload => this.#file.afterReload ?? this.#afterReload ?? "ask";

  afterReloadSetting(): AfterReloadSetting {
    const isInFile = this.#file.afterReload !== undefined;
    const own = this.#afterReload === null ? "default" : "settings";
    return { value: this.afterReload(), source: isInFile ? "config file" : own, isEditable: !isInFile };
  }

  setAfterReload(value: AfterReload | null): void {
    this.#afterReload = value;
  }

  stored(backend: string): StoredBackendSetting {
    return this.#stored.get(backend) ?? { backend, minimum: null, quietMs: null };
  }

  set(setting: StoredBackendSetting): void {
    if (setting.minimum === null && setting.quietMs === null) this.#stored.delete(setting.backend);
    else this.#stored.set(setting.backend, setting);
  }

  /** A name such as `constructor` is a backend too. */
  #fileOf(backend: string): BackendConfig | undefined {
    return Object.hasOwn(this.#file.backends, backend) ? this.#file.backends[backend] : undefined;
  }
}

export interface BackendSettingsOptions {
  context: OpsContext;
  store: Pick<Store, "settings" | "backendSettings">;
  effective: EffectiveBackends;
}

export class BackendSettings {
  readonly #options: BackendSettingsOptions;
  readonly #changes = new Lane();

  constructor(options: BackendSettingsOptions) {
    this.#options = options;
  }

  list(): BackendSettingsBody {
    const { context, effective } = this.#options;
    const seen = context.fleet.view().backends.map((one) => one.backend);
    const gone = effective.names().filter((name) => !seen.includes(name));
    return {
      afterReload: effective.afterReloadSetting(),
      backends: [...seen, ...gone.sort()].map((name) => this.#setting(name)),
    };
  }

  /** undefined: stays as it is; null: the default counts again. Takes effect with the next look at the fleet. */
  change(
    call: Call,
    backend: string,
    { minimum, quiet }: { minimum?: number | null | undefined; quiet?: number | null | undefined },
  ): Promise<BackendSetting> {
    const { context, store, effective } = this.#options;
    const check = () => {
      const { fleet } = context;
      if (!fleet.view().backends.some((one) => one.backend === backend) && !effective.names().includes(backend))
        throw new ProblemError("unknown-name", `No load balancer has a backend ${JSON.stringify(backend)}.`);
      if (minimum !== undefined && effective.minimumOf(backend)?.from === "config file") refuseFile(backend, "minimum");
      if (quiet !== undefined && effective.quietOf(backend)?.from === "config file")
        refuseFile(backend, "quiet window");
      const before = effective.stored(backend);
      const after = {
        backend,
        minimum: minimum === undefined ? before.minimum : minimum,
        quietMs: quiet === undefined ? before.quietMs : quiet,
      };
      return { before, after };
    };
    return this.#changes.run(() =>
      runRequest(context, call, {
        ...{ action: "backend:set", permission: "settings:write", backends: [backend], target: backend, reason: null },
        before: wordsOf(effective.stored(backend)),
        check,
        act: async () => {
          const { after } = check();
          await store.backendSettings.save(after);
          effective.set(after);
          context.fleet.setMinimums(effective.minimums());
          return this.#setting(backend);
        },
        after: () => ({ after: wordsOf(effective.stored(backend)) }),
      }),
    );
  }

  changeAfterReload(call: Call, value: AfterReload | null): Promise<AfterReloadSetting> {
    const { context, store, effective } = this.#options;
    const check = () => {
      if (!effective.afterReloadSetting().isEditable)
        throw new ProblemError(
          "conflict",
          "afterReload is set in the configuration file; change it there and start the app again.",
        );
      return { afterReload: value };
    };
    return this.#changes.run(() =>
      runRequest(context, call, {
        ...{ action: "after-reload:set", permission: "settings:write", backends: [], target: null, reason: null },
        before: effective.afterReload(),
        check,
        act: async () => {
          check();
          await store.settings.set(AFTER_RELOAD_KEY, value);
          effective.setAfterReload(value);
          return effective.afterReloadSetting();
        },
        after: () => ({ after: effective.afterReload() }),
      }),
    );
  }

  #setting(backend: string): BackendSetting {
    const { context, effective } = this.#options;
    const { fleet } = context;
    const seen = fleet.view().backends.find((one) => one.backend === backend);
    const minimum = effective.minimumOf(backend);
    const quiet = effective.quietOf(backend);
    const window = quietWindowOf({ fleet, quietOf: effective.quietOf }, backend);
    return {
      backend,
      minimum: {
        value: minimum?.value ?? defaultMinimum(seen?.capacity ?? 0),
        source: minimum?.from ?? "default",
        isEditable: minimum?.from !== "config file",
      },
      quiet: {
        value: formatDuration(window.quietMs),
        source: quiet?.from ?? "default",
        isEditable: quiet?.from !== "config file",
        why: window.why,
      },
      isKnown: seen !== undefined,
    };
  }
}

function refuseFile(backend: string, what: string): never {
  throw new ProblemError(
    "conflict",
    `The ${what} of ${backend} is set in the configuration file; change it there and start the app again.`,
  );
}

function wordsOf({ minimum, quietMs }: StoredBackendSetting): string {
  const parts = [
    minimum === null ? null : `minimum ${minimum}`,
    quietMs === null ? null : `quiet ${formatDuration(quietMs)}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "default" : parts.join(", ");
}
