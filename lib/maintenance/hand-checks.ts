// What nobody can see through the runtime socket, as checks to do by hand: the line to run, and what it should say.
import { socatLine } from "#lib/haproxy/socat.ts";
import type { Diagnosis, DiagnosisCode } from "#lib/wire/diagnosis.ts";
import type { Evidence } from "./evidence.ts";

/** Where packages put it; another place is the reader's to know. */
const CONFIG = "/etc/haproxy/haproxy.cfg";

export function handChecks({ server, cells }: Evidence): Diagnosis[] {
  const live = cells.filter((cell) => cell.isLive);
  const cookie = live.find((cell) => cell.cookieName !== "");
  const checks: Diagnosis[] = [];
  if (cookie !== undefined) {
    const { cookieName, cookieValue } = cookie;
    checks.push(
      check(
        "check-cookie-options",
        "Do the cookie settings fit?",
        `The options of cookie ${cookieName} cannot be read from the socket. Without indirect the application sees the cookie and may send it back; with postonly only answers to POST set it, so other users are not kept; preserve lets the application write it; maxidle and maxlife bound how long users hold it.`,
        `Compare the cookie lines of all load balancers: the same name, and on each server line the same value (here ${cookieValue}).`,
        [`grep -nE '^[[:space:]]*(cookie|server) ' ${CONFIG}`],
      ),
      check(
        "check-stripped-cookies",
        "Does something on the way take the cookie out?",
        "A proxy, a firewall or a CDN between users and HAProxy that strips or caches Set-Cookie scatters users over servers, and a cached cookie brings strangers here.",
        `Ask through the users' own address and then HAProxy itself: both answers should set ${cookieName} for who has none, and none of them for who sends ${cookieName}=${cookieValue}.`,
        [
          "curl -sk -o /dev/null -D - https://YOUR-SITE/ | grep -i '^set-cookie'",
          `curl -sk -o /dev/null -D - -H 'Cookie: ${cookieName}=${cookieValue}' https://YOUR-SITE/ | grep -i '^set-cookie'`,
        ],
      ),
      check(
        "check-session-timeout",
        "Do sessions outlive the quiet window?",
        "Somebody who reads for longer than the quiet window is not seen until the next click. How long the application keeps a session is in its own settings; HAProxy's timeouts bound connections only.",
        "Make the quiet window at least as long as the pause a user may take, or set a deadline.",
        [`grep -nE '^[[:space:]]*timeout (client|server|tunnel|http-keep-alive)|maxidle|maxlife' ${CONFIG}`],
      ),
    );
  }
  for (const cell of live.filter((one) => one.stick === null))
    checks.push(
      check(
        "check-stick-tables",
        `Do stick tables of ${cell.lb} point to it?`,
        `The tables of ${cell.lb} could not be read; clients with an entry come back while it drains.`,
        `Look for entries of ${server} (its number is server_id). Reading them takes level operator.`,
        [socatLine(cell.address, { kind: "show-tables" })],
      ),
    );
  for (const cell of live.filter((one) => one.oldUnseen !== null))
    checks.push(
      check(
        "check-old-workers",
        `Does an old process of ${cell.lb} still run?`,
        "Only the master CLI shows what a process from before a reload still holds.",
        "More than one worker means that an old one has sessions left; the older one shows its open connections.",
        ["ps -o pid,ppid,etime,args -C haproxy", "ss -tnp state established | grep haproxy"],
      ),
    );
  if (live.some((cell) => cell.adminState !== "ready" && (cell.arrivals ?? 0) > 0))
    checks.push(
      check(
        "check-persist-rules",
        "Do rules send users here whatever its state?",
        "use-server keeps sending while it drains; option persist and force-persist keep sending even in maint. The socket shows none of them.",
        `A rule that names ${server.slice(server.indexOf("/") + 1)} has to go, or ignore-persist has to stand before it.`,
        [`grep -nE 'use-server|(force|ignore)-persist|option persist|option redispatch' ${CONFIG}`],
      ),
    );
  return checks;
}

function check(code: DiagnosisCode, title: string, detail: string, next: string, commands: string[]): Diagnosis {
  return { code, count: null, title, detail, next, commands, perLoadBalancer: [], action: null };
}
