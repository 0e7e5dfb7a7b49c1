// Calm output: a wrong maintenance loses dozens of sessions at once, and a wall of equal lines says less than a few and a count.

const WINDOW_MS = 10_000;
const SHOWN_IN_A_WINDOW = 8;
const CROWDING = /^lost session: /;

export interface Terminal {
  say(line: string): void;
  /** tells what is still untold, and forgets its timer */
  flush(): void;
}

export function createTerminal(write: (line: string) => void): Terminal {
  let shown = 0;
  let hidden = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (hidden > 0) write(`lost session: ${hidden} more users`);
    shown = 0;
    hidden = 0;
  };
  return {
    say(line) {
      if (!CROWDING.test(line)) return write(line);
      timer ??= setTimeout(flush, WINDOW_MS);
      if (shown < SHOWN_IN_A_WINDOW) {
        shown++;
        write(line);
      } else hidden++;
    },
    flush,
  };
}
