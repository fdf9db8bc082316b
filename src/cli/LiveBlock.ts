/** What a block needs of a terminal. */
export type BlockStream = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows' | 'isTTY'>;

/** A few lines that are drawn over themselves again and again. */
export class LiveBlock {
  /** The block on the screen: whoever writes a line of its own takes it away first; it comes back with its next drawing. */
  static shown: LiveBlock | undefined;
  private height = 0;

  constructor(private readonly stream: BlockStream) {}

  /** Whether a terminal can draw over itself. */
  static fits(stream: Pick<BlockStream, 'isTTY'>): boolean {
    return stream.isTTY && process.env.TERM !== 'dumb';
  }

  /** Columns that a line may take; the last one stays free, since some terminals wrap there. */
  get columns(): number {
    return Math.max(10, (this.stream.columns || 80) - 1);
  }

  /** @param lines none wider than `columns`; as many as the terminal is high */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, Math.max(1, (this.stream.rows || 24) - 1));
    // One write: a terminal shows no half-drawn block. Each line clears its own rest, so nothing flickers.
    this.stream.write(`${this.up()}${shown.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
    this.height = shown.length;
  }

  /** Takes the block away, for a line that is to stay. */
  clear(): void {
    this.stream.write(`${this.up()}\u001b[J`);
    this.height = 0;
  }

  private up(): string {
    return this.height === 0 ? '' : `\r\u001b[${this.height}A`;
  }
}
