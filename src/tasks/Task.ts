/** What a task is to the search: which numbers a trial reports and which of them is made best. */
export interface Task {
  readonly name: string;
  readonly summary: string;
  /** Metrics that an evaluation gives, by name. */
  readonly metrics: Readonly<Record<string, { readonly summary: string; readonly better: 'higher' | 'lower' }>>;
  /** The metric that candidates are ranked by. */
  readonly objective: string;
}
