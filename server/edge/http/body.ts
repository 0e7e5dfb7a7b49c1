import type { IncomingMessage } from "node:http";
import { fail } from "./problem.ts";

export const MAX_BODY_BYTES = 64 * 1024;
const BODY_WITHIN_MS = 10_000;

export interface BodyLimits {
  maxBytes: number;
  withinMs: number;
}

const defaultLimits: BodyLimits = { maxBytes: MAX_BODY_BYTES, withinMs: BODY_WITHIN_MS };

/** The whole body as text, or a ProblemError: too large, too slow, not UTF-8, not announced as JSON. */
export async function readJsonText(req: IncomingMessage, limits: BodyLimits = defaultLimits): Promise<string> {
  const type = (req.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  // A page of another site can send forms and text/plain without asking; it cannot send this.
  if (type !== "application/json")
    fail("unsupported-media-type", "The body must be JSON: send it with the header Content-Type: application/json.");
  const bytes = await readBytes(req, limits);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fail("malformed", "The body is not UTF-8 text. Send JSON encoded as UTF-8.");
  }
}

export function parseJson(text: string): unknown {
  if (text.trim() === "") fail("malformed", "The body is empty. Send a JSON object.");
  try {
    return JSON.parse(text);
  } catch {
    return fail("malformed", "The body is not valid JSON. Check quotes, commas and brackets.");
  }
}

function readBytes(req: IncomingMessage, { maxBytes, withinMs }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (work: () => void) => {
      clearTimeout(timer);
      req.off("data", onData).off("end", onEnd).off("close", onClose);
      work();
    };
    const refuse = (work: () => never) => stop(() => rejectWith(reject, work));
    // The rest is read and dropped (until the server's request timeout): a connection cut now would lose this answer.
    const tooLarge = () => refuse(() => fail("too-large", `The body is larger than ${maxBytes} bytes.`));
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) tooLarge();
      else chunks.push(chunk);
    };
    const onEnd = () => stop(() => resolve(Buffer.concat(chunks)));
    const onClose = () => refuse(() => fail("malformed", "The connection closed before the whole body came."));
    const timer = setTimeout(
      () => refuse(() => fail("malformed", "The body did not come in time.", { status: 408 }, { connection: "close" })),
      withinMs,
    );
    if (Number(req.headers["content-length"] ?? 0) > maxBytes) tooLarge();
    else req.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}

function rejectWith(reject: (error: unknown) => void, work: () => never): void {
  try {
    work();
  } catch (error) {
    reject(error);
  }
}
