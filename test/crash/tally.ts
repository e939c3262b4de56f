/** What was crashed, and how soon it was over once a process was started, for the record. */
export class Tally {
  private readonly lines = new Map<string, { crashed: number; tookMs: number[] }>();

  crashed(pass: string, crashed: number, tookMs: readonly number[]): void {
    const line = this.lines.get(pass) ?? { crashed: 0, tookMs: [] };
    this.lines.set(pass, { crashed: line.crashed + crashed, tookMs: [...line.tookMs, ...tookMs] });
  }

  /** Past jest, which would add where it was printed. */
  print(): void {
    for (const [pass, { crashed, tookMs }] of this.lines) {
      const sorted = tookMs.toSorted((a, b) => a - b);
      const [median, worst] = [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted.at(-1) ?? 0];
      process.stderr.write(
        `crash matrix, ${pass}: ${crashed} operations; from the start of the next process to the outcome ` +
          `median ${seconds(median)} s, worst ${seconds(worst)} s\n`,
      );
    }
  }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
