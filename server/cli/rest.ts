// The running app, asked over its REST API: where it is and as whom come from --url and --token or the environment.
import type { Problem } from "#lib/wire/problem.ts";
import { type ExitCode, exitCodes, UsageError, type Words } from "./args.ts";

const DEFAULT_URL = "http://127.0.0.1:3000";

/** The app answered no, or not at all: one sentence, and the exit code that contract.md gives it. */
export class RestError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "RestError";
    this.exitCode = exitCode;
  }
}

export interface Rest {
  /** The body, parsed. Throws RestError. */
  get(path: string): Promise<unknown>;
  /** The answer as it comes, for files. Throws RestError. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>;
}

/** Throws UsageError. */
export function restOf({ values }: Words, env: Record<string, string | undefined>): Rest {
  const text = values.url ?? env.DRAINBOARD_URL ?? DEFAULT_URL;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError(`"${text}" is not the address of a Drainboard; write --url http://127.0.0.1:3000.`);
  const token = values.token ?? env.DRAINBOARD_TOKEN;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  async function ask(path: string): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(`/api/v1${path}`, url ?? undefined), { headers });
    } catch (error) {
      throw new RestError(
        exitCodes.unknown,
        `No Drainboard answers at ${text} (${reasonOf(error)}). Is it running, and is --url right?`,
        error,
      );
    }
    if (response.ok) return response;
    const problem = (await response.json().catch(() => null)) as Problem | null;
    const code = response.status >= 500 ? exitCodes.unknown : exitCodes.refused;
    throw new RestError(
      code,
      problem?.detail ?? `${text} answered ${response.status}; that is not a Drainboard's answer.`,
    );
  }

  return {
    async get(path) {
      const response = await ask(path);
      try {
        return await response.json();
      } catch (error) {
        throw new RestError(exitCodes.unknown, `${text} did not answer with JSON; is --url right?`, error);
      }
    },
    async stream(path) {
      const { body } = await ask(path);
      if (body === null) throw new RestError(exitCodes.unknown, `${text} answered nothing.`);
      return body;
    },
  };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return error instanceof Error ? error.message : String(error);
}
