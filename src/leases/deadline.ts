export interface Deadline {
  /** True once the caller has been given `late` and nobody looks at the outcome of the work any more. */
  readonly passed: boolean;
}

/**
 * What `work` resolves to, or what `late` says, or throws, after `ms` milliseconds. The work is not stopped: it reads
 * `deadline.passed` and gives back what nobody waits for.
 */
export function within<T>(ms: number, work: (deadline: Deadline) => PromiseLike<T>, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = { passed: false };
    const timer = setTimeout(() => {
      deadline.passed = true;
      resolve(Promise.resolve().then(late));
    }, ms).unref();
    const inTime =
      <Outcome>(say: (outcome: Outcome) => void) =>
      (outcome: Outcome): void => {
        clearTimeout(timer);
        say(outcome);
      };
    work(deadline).then(inTime(resolve), inTime(reject));
  });
}
