import { fail } from "./problem.ts";

export interface Target {
  /** as sent, without the query */
  path: string;
  /** decoded */
  segments: string[];
  query: URLSearchParams;
}

const MAX_TARGET_CHARS = 8_000;

/**
 * The request target, taken apart without URL(), which would read `//host` and `/\host` as another site. Dot segments
 * are refused in every spelling: what is checked here and what Next resolves must be the same path.
 */
export function parseTarget(url: string | undefined): Target {
  const text = url ?? "";
  if (text.length > MAX_TARGET_CHARS) fail("malformed", "The address is too long.", { status: 414 });
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  if (!/^\/(?!\/)[!-[\]-~]*$/.test(path)) fail("malformed", "The address is not a path of this app.");
  let segments: string[];
  try {
    segments = path.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return fail("malformed", "The address has a % that is not followed by two hexadecimal digits of UTF-8 text.");
  }
  const steps = segments.flatMap((segment) => segment.split(/[/\\]/));
  if (steps.includes("..") || steps.includes(".")) fail("malformed", "The address must not contain . or .. as a part.");
  return { path, segments, query: new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)) };
}
