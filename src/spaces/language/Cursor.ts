import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Node, Document } from 'yaml';
import { NasDistillError } from '../../core/errors.js';
import type { ChoiceValue } from '../SearchSpace.js';

interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document;
}

/** One place in a YAML document: knows its line, column and key path, so that every complaint names them. */
export class Cursor {
  private constructor(
    private readonly source: Source,
    /** undefined: the key is there but its value is empty. */
    private readonly node: Node | undefined,
    readonly path: string,
    private readonly offset: number,
  ) {}

  /** Parses a document. @throws NasDistillError SPACE at the first syntax error. */
  static parse(text: string, file: string): Cursor {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    const source = { file, lines, document };
    const problem = document.errors[0];
    if (problem !== undefined) {
      throw new Cursor(source, undefined, '', problem.pos[0]).error(problem.message.split('\n')[0]);
    }
    return new Cursor(source, document.contents ?? undefined, '', 0);
  }

  error(message: string, hint?: string): NasDistillError {
    const { line, col } = this.source.lines.linePos(this.offset);
    const where = this.path === '' ? '' : ` ${this.path}:`;
    return new NasDistillError('SPACE', `${this.source.file}:${line}:${col}${where} ${message}`, {
      hint: hint ?? 'The language of search spaces is described in docs/search-spaces.md.',
    });
  }

  get isMap(): boolean {
    return isMap(this.node);
  }

  get isList(): boolean {
    return isSeq(this.node);
  }

  /** Entries of a mapping, in order. @throws SPACE if it is not one, or for a key outside `known`. */
  entries(known?: readonly string[]): [string, Cursor][] {
    if (!isMap(this.node)) throw this.error(`expected a mapping, found ${this.describe()}`);
    return this.node.items.map((pair): [string, Cursor] => {
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
      const range = isScalar(pair.key) ? pair.key.range : undefined;
      const offset = range ? range[0] : this.offset;
      if (key === undefined)
        throw new Cursor(this.source, undefined, this.path, offset).error('keys must be plain text');
      const path = this.path === '' ? key : `${this.path}.${key}`;
      if (known !== undefined && !known.includes(key)) {
        throw new Cursor(this.source, undefined, path, offset).error(
          `unknown key ${JSON.stringify(key)}${suggestion(key, known)}`,
        );
      }
      return [key, this.child(pair.value, path, offset)];
    });
  }

  items(): Cursor[] {
    if (!isSeq(this.node)) throw this.error(`expected a list, found ${this.describe()}`);
    return this.node.items.map((item, i) => this.child(item, `${this.path}[${i}]`, this.offset));
  }

  /** A plain value. @throws SPACE for lists, mappings and values that JSON has no word for. */
  scalar(): ChoiceValue {
    const value = this.node === undefined ? null : isScalar(this.node) ? this.node.value : undefined;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.error(`expected a single value, found ${this.describe()}`);
  }

  text(): string {
    const value = this.scalar();
    if (typeof value !== 'string' || value === '') throw this.error(`expected text, found ${this.describe()}`);
    return value;
  }

  /** The plain data below this place. */
  data(): unknown {
    return this.node === undefined ? null : this.node.toJS(this.source.document);
  }

  private child(value: unknown, path: string, offset: number): Cursor {
    let node = isNode(value) ? value : undefined;
    const start = node?.range?.[0] ?? offset;
    if (isAlias(node)) node = node.resolve(this.source.document);
    return new Cursor(this.source, node, path, start);
  }

  private describe(): string {
    if (this.node === undefined) return 'nothing';
    if (isMap(this.node)) return 'a mapping';
    if (isSeq(this.node)) return 'a list';
    return isScalar(this.node) ? JSON.stringify(this.node.value) : 'something else';
  }
}

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value);
}

/** ` (did you mean "x"? known: a, b, x)`. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = known.find((k) => editDistance(k, word) <= Math.max(1, Math.floor(k.length / 4)));
  const list = `known: ${known.join(', ')}`;
  return near === undefined ? ` (${list})` : ` (did you mean ${JSON.stringify(near)}? ${list})`;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
