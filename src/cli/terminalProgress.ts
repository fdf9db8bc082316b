import { formatDuration } from '../core/units.js';
import { LiveBlock } from './LiveBlock.js';
import type { Progress, ProgressTask } from '../core/progress.js';

const barWidth = 24;
/** Redraw at most this often on a terminal; a plain log gets a line at most every `plainIntervalMs`. */
const redrawMs = 100;
const plainIntervalMs = 5000;

/** Progress on stderr: bars with an ETA on a terminal, now and then a plain line elsewhere (pipes, CI logs). */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const fancy = stream.isTTY && process.env.TERM !== 'dumb';
  const line = (text: string) => {
    LiveBlock.shown?.clear();
    return stream.write(`${text}\n`);
  };
  return {
    start: (label, total, before = 0) =>
      fancy ? barTask(stream, label, total, before) : plainTask(line, label, total, before),
    info: (text) => void line(text),
    warn: (text) => void line(`warning: ${text}`),
  };
}

/** Time so far and left, by the pace of this run: what was done before it took none of its time. */
function measure(startedAt: number, done: number, total: number | undefined, before: number): string {
  const elapsed = Date.now() - startedAt;
  if (total === undefined || done <= before) return formatDuration(elapsed);
  const left = (elapsed / (done - before)) * (total - done);
  return `${formatDuration(elapsed)}, ${done >= total ? 'done' : `ETA ${formatDuration(Math.max(0, left))}`}`;
}

function barTask(stream: NodeJS.WriteStream, label: string, total: number | undefined, before: number): ProgressTask {
  const startedAt = Date.now();
  let lastDraw = 0;
  let lastDone = 0;
  const draw = (done: number, note: string, force: boolean) => {
    const now = Date.now();
    if (!force && now - lastDraw < redrawMs) return;
    lastDraw = now;
    const filled = total === undefined ? 0 : Math.round((Math.min(done, total) / Math.max(1, total)) * barWidth);
    const bar = total === undefined ? '' : ` ${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${done}/${total}`;
    const text = `${label}${bar}  ${measure(startedAt, done, total, before)}${note === '' ? '' : `  ${note}`}`;
    stream.write(`\r\u001b[2K${text.slice(0, (stream.columns || 80) - 1)}`);
  };
  return {
    update: (done, note = '') => {
      lastDone = done;
      draw(done, note, false);
    },
    end: (note = '') => {
      draw(total ?? lastDone, note, true);
      stream.write('\n');
    },
  };
}

function plainTask(
  line: (text: string) => void,
  label: string,
  total: number | undefined,
  before: number,
): ProgressTask {
  const startedAt = Date.now();
  let lastLine = startedAt;
  let lastDone = 0;
  const say = (done: number, note: string) => {
    const count = total === undefined ? '' : ` ${done}/${total}`;
    line(`${label}${count}  ${measure(startedAt, done, total, before)}${note === '' ? '' : `  ${note}`}`);
  };
  return {
    update: (done, note = '') => {
      lastDone = done;
      if (Date.now() - lastLine < plainIntervalMs) return;
      lastLine = Date.now();
      say(done, note);
    },
    end: (note = '') => say(total ?? lastDone, note),
  };
}
