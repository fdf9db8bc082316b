import { dataError } from '../dataError.js';

/** One regular file of an archive. */
export interface TarFile {
  readonly path: string;
  /** A view into the archive, not a copy. */
  readonly content: Buffer;
}

const block = 512;

/**
 * The regular files of a tar archive (ustar, with pax and GNU long names). Paths are only names here: nothing is written.
 * @throws NasDistillError DATA when the archive is cut short or damaged.
 */
export function readTar(where: string, archive: Buffer): TarFile[] {
  const files: TarFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + block <= archive.length;) {
    const head = archive.subarray(at, at + block);
    if (head[0] === 0) return files;
    checkSum(where, head, at);
    const size = octal(head, 124, 12);
    const content = archive.subarray(at + block, at + block + size);
    if (!Number.isSafeInteger(size) || content.length !== size) {
      throw dataError(`${where} is cut short: an entry at ${at} promises ${size} bytes, found ${content.length}`);
    }
    const type = String.fromCharCode(head[156]);
    if (type === 'x') longName = paxPath(content) ?? longName;
    else if (type === 'L') longName = text(content, 0, content.length);
    else {
      const prefix = text(head, 345, 155);
      const path = longName ?? (prefix === '' ? '' : `${prefix}/`) + text(head, 0, 100);
      longName = undefined;
      if (type === '0' || type === '\0') files.push({ path, content });
    }
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}

/** The file whose path ends so. @throws NasDistillError DATA when there is none. */
export function fileOf(files: readonly TarFile[], end: string): Buffer {
  const file = files.find((candidate) => candidate.path.endsWith(end));
  if (file === undefined) throw dataError(`the package holds no file ${end}`);
  return file.content;
}

function checkSum(where: string, head: Buffer, at: number): void {
  let sum = 0;
  // The checksum field itself counts as spaces.
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 32 : head[i];
  if (sum !== octal(head, 148, 8)) throw dataError(`${where} is damaged: bad checksum of the entry at byte ${at}`);
}

function octal(head: Buffer, start: number, length: number): number {
  return Number.parseInt(text(head, start, length).trim() || '0', 8);
}

function text(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

/** The `path` record of a pax header: lines of `<length> <key>=<value>\n`. */
function paxPath(content: Buffer): string | undefined {
  const record = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content.toString('utf8'));
  return record?.[1];
}
