// One thing at a time, in order. A load balancer has two lanes, one for the poll and one for commands: HAProxy gives all
// its clients together ten command slots (haproxy.md, rule 24), and a command must not wait behind a slow poll.

export class Lane {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs after everything put in before has ended, however it ended. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
