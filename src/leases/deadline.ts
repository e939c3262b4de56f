export interface Deadline {
  /** True once the caller has been given `late` and nobody looks at the outcome of the work any more. */
  readonly passed: boolean;
}

/**
 * What `work` resolves to, or what `late` says after `ms` milliseconds. The work is not stopped: it reads
 * `deadline.passed` and gives back what nobody waits for.
 */
export async function within<T>(ms: number, work: (deadline: Deadline) => Promise<T>, late: () => T): Promise<T> {
  const deadline = { passed: false };
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      deadline.passed = true;
      resolve();
    }, ms).unref();
  }).then(late);
  try {
    return await Promise.race([work(deadline), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
