import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { Turns } from "./turns.ts";

/** OWASP's first choice for argon2id: 19 MiB, two passes; 25 to 50 ms a guess here. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const TAG_BYTES = 32;
const SALT_BYTES = 16;

/** Two at a time keep the app's thread pool and memory free while somebody guesses; a longer queue is refused. */
const turns = new Turns({ atOnce: 2, waiting: 40 });
const derive = promisify(argon2);

/** PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. Throws TooManyWaiting. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await tagOf(password, salt, COST, TAG_BYTES);
  const cost = `m=${COST.memory},t=${COST.passes},p=${COST.parallelism}`;
  return `$argon2id$v=19$${cost}$${salt.toString("base64url")}$${tag.toString("base64url")}`;
}

/** False for a hash that is not ours, too. Throws TooManyWaiting. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(hash);
  if (parts === null) return false;
  const [, memory, passes, parallelism, salt = "", expected = ""] = parts;
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const tag = Buffer.from(expected, "base64url");
  return timingSafeEqual(tag, await tagOf(password, Buffer.from(salt, "base64url"), cost, tag.length));
}

function tagOf(
  password: string,
  nonce: Buffer,
  cost: { memory: number; passes: number; parallelism: number },
  tagLength: number,
): Promise<Buffer> {
  // The same characters can be typed as different code points on different keyboards.
  const message = password.normalize("NFKC");
  return turns.take(() => derive("argon2id", { message, nonce, tagLength, ...cost }));
}
