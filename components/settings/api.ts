// The settings over REST: what the pages ask and change. A refusal arrives as an error with the app's own sentence.
import { signInPath } from "#components/sign-in/next-path.ts";
import type { Problem, ProblemCode } from "#lib/wire/problem.ts";

export class Refusal extends Error {
  readonly code: ProblemCode | "no-answer";
  constructor(code: ProblemCode | "no-answer", sentence: string) {
    super(sentence);
    this.name = "Refusal";
    this.code = code;
  }
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** `path` is below `/api/v1`. Resolves with the body (undefined: none); rejects with a Refusal. */
export async function ask<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    cache: "no-store",
    headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Refusal("no-answer", "The app does not answer. Check that it runs and that this machine reaches it.");
  });
  const text = await response.text();
  const value: unknown = text === "" ? undefined : parsed(text);
  // The body is the app's own, of the shape that lib/wire gives.
  if (response.ok) return value as T;
  if (response.status === 401) window.location.assign(signInPath(window.location.pathname));
  const problem = value as Partial<Problem> | undefined;
  throw new Refusal(
    problem?.code ?? "internal",
    problem?.detail ?? `The app answered ${response.status} and did not say why. Its log does.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** For people, of whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
