/** An input or output of somebody else's graph; a size that is open is null. */
export interface ForeignPort {
  readonly name: string;
  /** In ONNX's words, such as FLOAT, INT64 or INT32. */
  readonly type: string;
  readonly dims: readonly (number | null)[];
}

/** What such a graph is fed with. */
export type ForeignTensor = { readonly shape: readonly number[] } & (
  | { readonly dtype: 'float32'; readonly data: Float32Array }
  | { readonly dtype: 'int32'; readonly data: Int32Array }
  | { readonly dtype: 'int64'; readonly data: BigInt64Array }
);

/** A graph that a runtime has loaded. */
export interface OpenForeignModel {
  /**
   * Every input by its name in; the values that were asked for when it was opened out, those that are float32. What is fed
   * must not change while it runs.
   */
  run(
    feeds: Readonly<Record<string, ForeignTensor>>,
  ): Promise<Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>>;
  release(): Promise<void>;
}

/** A graph of another framework, checked as data, that can be asked for some of its values. */
export interface ForeignGraph {
  /** Names its file or directory in errors. */
  readonly where: string;
  /** Values of its floating-point weights. */
  readonly params: number;
  /** Such as `pytorch 2.15.0`. */
  readonly producer: string;
  /** SHA-256 of all that it consists of. */
  readonly digest: string;
  readonly inputs: readonly ForeignPort[];
  readonly outputs: readonly ForeignPort[];
  /** Every value that can be asked for, with the operator that computes it (empty: not known). */
  readonly values: readonly { readonly name: string; readonly op: string }[];
  /**
   * @param wanted values and outputs
   * @throws NasDistillError MODEL with the runtime's reason, such as an operator that it does not know
   */
  open(options: { wanted: readonly string[]; threads: number }): Promise<OpenForeignModel>;
}
