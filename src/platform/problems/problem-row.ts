/** Whether money moved: never a guess. */
export type Charged = 'no' | 'yes' | 'unknown';

export interface ProblemRow {
  /** HTTP status. */
  status: number;
  title: string;
  charged: Charged;
  retryable: boolean;
  /** What the reader can do about it, for the page behind `type`. */
  help: string;
}
