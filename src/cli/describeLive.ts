import { formatDuration } from '../core/units.js';
import { formatCost } from '../costs/registry.js';
import type { LivePoint, LiveStatus, LiveWorker } from '../dashboard/LiveStatus.js';
import type { CostName } from '../costs/CostModel.js';
import { fitted, printable, type Paint } from './terminalText.js';

const bars = '▁▂▃▄▅▆▇█';
const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** Values as a row of blocks, from 0 to the greatest, the newest kept where there are too many. */
export function sparkline(values: readonly number[], columns: number): string {
  const shown = values.slice(-Math.max(1, columns));
  const top = shown.reduce((a, b) => Math.max(a, b), 0);
  return shown.map((value) => bars[top > 0 ? Math.round((value / top) * (bars.length - 1)) : 0]).join('');
}

/** A study in one line, for logs. */
export function liveLine(status: LiveStatus): string {
  const { counts, cost, best } = status;
  return [
    `${status.study}: ${counted(status)}`,
    ...(counts.PRUNED > 0 ? [`${counts.PRUNED} pruned`] : []),
    ...(counts.PAUSED > 0 ? [`${counts.PAUSED} paused`] : []),
    ...(counts.FAILED > 0 ? [`${counts.FAILED} failed`] : []),
    ...(best === null ? [] : [`best ${student(best, cost)}`]),
    timing(status),
  ].join(', ');
}

/** A study as one block of lines, none wider than `columns`; what does not fit is left out or cut, never wrapped. */
export function liveBlock(status: LiveStatus, columns: number, paint: Paint): string[] {
  const { counts, budgets, cost, hypervolume, failures } = status;
  const share = status.planned === null ? null : Math.min(1, status.done / Math.max(1, status.planned));
  const barWidth = Math.max(0, Math.min(30, columns - 46));
  const filled = Math.round((share ?? 0) * barWidth);
  const bar = share === null || barWidth < 5 ? '' : `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} `;
  const rows: (readonly [label: string, text: string, colour?: Parameters<Paint>[0]])[] = [
    ['', `${printable(status.study)}  ${titleOf(status)}`, 'bold'],
    ['trials', `${bar}${counted(status)}${countsText(counts)}`],
    ['time', timing(status)],
  ];
  const place = columns - 2 - Math.max(8, ...budgets.map(({ text }) => text.length + 2));
  for (const { text, metric, best } of budgets) {
    // Who is best within half of it, too, is named once; of what does not fit the line nothing is begun.
    const different = best.filter(
      ({ student: a }, i) => !best.slice(0, i).some(({ student: b }) => b?.trial === a?.trial),
    );
    const found = different.flatMap(({ share: part, student: point }) =>
      point === null ? [] : [`${part === 1 ? '' : `≤ ${part * 100} %: `}${student(point, metric)}`],
    );
    while (found.length > 1 && found.join('; ').length > place) found.pop();
    rows.push([`≤ ${text}`, found.length === 0 ? 'no student yet' : found.join('; '), 'green']);
  }
  if (budgets.length === 0)
    rows.push(['best', status.best === null ? 'none yet' : student(status.best, cost), 'green']);
  for (const worker of status.workers) rows.push([`worker ${worker.worker}`, doing(worker, status.epochs)]);
  if (hypervolume.length > 0) {
    const last = hypervolume[hypervolume.length - 1];
    rows.push(['volume', `${sparkline(hypervolume, Math.min(40, columns - 22))} ${percent(last)}`, 'blue']);
  }
  for (const { trial, reason } of failures.slice(0, 3)) {
    rows.push(['failed', `trial ${trial}: ${printable(reason ?? 'no reason given')}`, 'red']);
  }
  const label = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text, colour]) => {
    const line = fitted(name === '' ? text : `${name.padEnd(label)}  ${text}`, columns);
    return colour === undefined ? line : paint(colour, line);
  });
}

function titleOf({ state, study }: LiveStatus): string {
  if (state === 'running') return 'running';
  if (state === 'done') return 'finished';
  const resume = `go on with: nas-distill search --resume ${printable(study)}`;
  return state === 'died' ? `its process ended without finishing; ${resume}` : `stopped; ${resume}`;
}

function counted({ done, planned }: LiveStatus): string {
  return planned === null ? `${done} trials` : `${done} of ${planned} trials`;
}

function countsText(counts: LiveStatus['counts']): string {
  const parts = (['COMPLETE', 'PRUNED', 'PAUSED', 'FAILED'] as const).filter((state) => counts[state] > 0);
  return parts.length === 0 ? '' : `  ${parts.map((state) => `${counts[state]} ${state.toLowerCase()}`).join(', ')}`;
}

function timing({ elapsedMs, etaMs, perHour }: LiveStatus): string {
  return [
    formatDuration(elapsedMs),
    ...(etaMs === null ? [] : [`ETA ${formatDuration(etaMs)}`]),
    ...(perHour === null ? [] : [`${perHour < 10 ? perHour.toFixed(1) : Math.round(perHour)} trials an hour`]),
  ].join(', ');
}

function student(point: LivePoint, cost: CostName): string {
  return `${percent(point.accuracy)} at ${formatCost(cost, point.cost)} (trial ${point.trial})`;
}

function doing({ trial, epoch, accuracy, forMs }: LiveWorker, epochs: number | null): string {
  if (trial === null) return 'waits';
  return [
    `trial ${trial}`,
    epochs === null ? `${epoch} epochs done` : `epoch ${Math.min(epoch + 1, epochs)} of ${epochs}`,
    ...(accuracy === null ? [] : [percent(accuracy)]),
    ...(forMs === null ? [] : [formatDuration(forMs)]),
  ].join(', ');
}
