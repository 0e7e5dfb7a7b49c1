// What a test of an address says, as lines of a card: only what the runtime API can tell. Pure.
import { listOf, plural, span } from "#lib/util/format.ts";
import type { AddressTest } from "#lib/wire/settings.ts";

export interface Fact {
  readonly tone: "good" | "bad" | "warn" | "unknown";
  readonly label: string;
  readonly text: string;
  /** what to do about it */
  readonly fix: string;
}

const SHOWN_BACKENDS = 3;
const NOT_READ = "not read yet";

export function factsOf(test: AddressTest): readonly Fact[] {
  const readOnly = test.findings.find(({ code }) => code === "read-only");
  const others = test.findings.filter((finding) => finding !== readOnly);
  const [first, ...rest] = test.version === null ? others : [undefined, ...others];
  return [
    answers(test, first),
    permission(test, readOnly),
    found(test),
    ...persistence(test),
    ...rest.flatMap((finding): Fact[] =>
      finding === undefined
        ? []
        : [
            {
              tone: finding.severity === "error" ? "bad" : "warn",
              label: finding.of === "master" ? "Master CLI" : finding.severity === "error" ? "In the way" : "Mind",
              text: finding.message,
              fix: finding.fix,
            },
          ],
    ),
  ];
}

function answers(test: AddressTest, against: AddressTest["findings"][number] | undefined): Fact {
  if (test.version === null)
    return { tone: "bad", label: "Answers", text: against?.message ?? "No answer.", fix: against?.fix ?? "" };
  const uptime = test.uptimeSec === null ? "" : `, up ${span(test.uptimeSec * 1_000)}`;
  return { tone: "good", label: "Answers", text: `HAProxy ${test.version}${uptime}`, fix: "" };
}

function permission(test: AddressTest, readOnly: AddressTest["findings"][number] | undefined): Fact {
  if (test.version === null) return { tone: "unknown", label: "Permission", text: NOT_READ, fix: "" };
  if (readOnly !== undefined)
    return {
      tone: "bad",
      label: "Permission",
      text: `${test.level === null ? "level not known" : `level ${test.level}`}, needs level admin to change states`,
      fix: readOnly.fix,
    };
  return { tone: "good", label: "Permission", text: `level ${test.level}`, fix: "" };
}

function found({ backends, servers }: AddressTest): Fact {
  if (backends === null || servers === null) return { tone: "unknown", label: "Found", text: NOT_READ, fix: "" };
  return {
    tone: "good",
    label: "Found",
    text: `${plural(backends, "backend")}, ${plural(servers, "server")}`,
    fix: "",
  };
}

/** Cookies and hashes keep users at their server: that is what draining is about. */
function persistence({ persistence: all }: AddressTest): Fact[] {
  if (all === null) return [];
  const cookies = all
    .filter(({ cookie }) => cookie !== "")
    .map(({ backend, cookie }) => `cookie ${cookie} on ${backend}`);
  const hashed = all
    .filter(({ cookie, balance }) => cookie === "" && HASHES.test(balance))
    .map(({ backend, balance }) => `${balance} hash on ${backend}`);
  const words = [...cookies, ...hashed];
  if (words.length === 0)
    return [{ tone: "good", label: "Persistence", text: "no cookie and no hash seen: users are not kept", fix: "" }];
  const more = words.length - SHOWN_BACKENDS;
  const text = `${listOf(words.slice(0, SHOWN_BACKENDS))}${more > 0 ? `, and ${more} more` : ""}`;
  return [{ tone: "good", label: "Persistence", text, fix: "" }];
}

const HASHES = /^(?:source|uri|url_param|hdr|rdp-cookie|hash)/;
