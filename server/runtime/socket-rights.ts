// Why this process may not open a unix socket, and the exact command or line of haproxy.cfg that lets it.
import type { Stats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { sep } from "node:path";

const GROUP_ENTER = 0o010;
const GROUP_WRITE = 0o020;

export async function permissionWords(path: string): Promise<{ message: string; fix: string }> {
  const user = userName();
  const dir = await closedDirectory(path);
  const what = dir ?? path;
  const found = await stat(what).catch(() => null);
  if (found === null) return { message: `User ${user} may not open ${path}.`, fix: joinGroup("haproxy", user) };
  const group = await groupName(found.gid);
  const rights = `${await ownerOf(found)}:${group}, mode ${(found.mode & 0o777).toString(8)}`;
  const isGroupLetIn = (found.mode & (dir === null ? GROUP_WRITE : GROUP_ENTER)) !== 0;
  const isSharable = isGroupLetIn && found.gid !== 0;
  if (dir !== null) {
    return {
      message: `User ${user} may not enter the directory ${dir} of the socket (${rights}).`,
      fix: isSharable
        ? joinGroup(group, user)
        : `Let a group in (chgrp haproxy ${dir}; chmod g+x ${dir}) that ${user} is a member of.`,
    };
  }
  return {
    message: `User ${user} may not open ${path} (${rights}).`,
    fix: isSharable
      ? joinGroup(group, user)
      : `In haproxy.cfg write: stats socket ${path} mode 660 group haproxy level admin, and make ${user} a member of that group (usermod -aG haproxy ${user}).`,
  };
}

function joinGroup(group: string, user: string): string {
  return `Make ${user} a member of group ${group} (usermod -aG ${group} ${user}), then start Drainboard again.`;
}

/** The first directory on the way that cannot be entered; null: the socket itself is closed. */
async function closedDirectory(path: string): Promise<string | null> {
  const parts = path.split(sep);
  for (let i = 2; i <= parts.length; i++) {
    const code = await stat(parts.slice(0, i).join(sep)).then(
      () => null,
      (error: NodeJS.ErrnoException) => error.code,
    );
    if (code === "EACCES") return parts.slice(0, i - 1).join(sep) || sep;
  }
  return null;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // a container's user may have no name
    return `with id ${process.geteuid?.() ?? "?"}`;
  }
}

async function ownerOf({ uid }: Stats): Promise<string> {
  return nameOf("/etc/passwd", uid);
}

function groupName(gid: number): Promise<string> {
  return nameOf("/etc/group", gid);
}

/** Names as the local files have them; a number where they do not. */
async function nameOf(file: string, id: number): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  const line = text.split("\n").find((one) => one.split(":")[2] === String(id));
  return line?.split(":")[0] ?? String(id);
}
