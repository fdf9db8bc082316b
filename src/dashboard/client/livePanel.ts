import { formatDuration } from '../../core/units.js';
import { byId, h } from '../../reports/client/dom.js';
import { formatCost, formatPercent } from '../../reports/client/format.js';
import type { LiveStatus, LiveTrial, LiveWorker } from '../LiveStatus.js';

const titles = {
  running: 'Running',
  done: 'Finished',
  stopped: 'Stopped',
  died: 'Stopped: its process ended without finishing',
} as const;

/** Draws how the study is. Everything is text, whatever a failure says. */
export function drawLive(status: LiveStatus): void {
  const { counts, planned, done, perHour, etaMs, elapsedMs, cost } = status;
  byId('live-title').textContent = titles[status.state];
  byId('live').dataset.state = status.state;
  byId('live-sub').textContent = [
    planned === null ? `${done} trials` : `${done} of ${planned} trials`,
    ...(counts.PRUNED > 0 ? [`${counts.PRUNED} pruned`] : []),
    ...(counts.PAUSED > 0 ? [`${counts.PAUSED} paused`] : []),
    ...(counts.FAILED > 0 ? [`${counts.FAILED} failed`] : []),
    `${formatDuration(elapsedMs)} so far`,
    ...(etaMs === null ? [] : [`about ${formatDuration(etaMs)} left`]),
    ...(perHour === null ? [] : [`${perHour < 10 ? perHour.toFixed(1) : Math.round(perHour)} trials an hour`]),
  ].join(' · ');
  const progress = byId('live-progress');
  if (progress instanceof HTMLProgressElement) progress.value = planned === null ? 0 : Math.min(1, done / planned);
  fill(
    'live-workers',
    status.workers.map((worker) => workerLine(worker, status.epochs)),
    'None.',
  );
  fill(
    'live-budgets',
    status.budgets.flatMap(({ text, metric, best }) =>
      best.map(({ share, student }) =>
        line(
          share === 1 ? text : `${share * 100} % of ${text}`,
          student === null
            ? 'none yet'
            : `${formatPercent(student.accuracy)}, trial ${student.trial}, ${formatCost(metric, student.cost)}`,
        ),
      ),
    ),
    status.best === null ? 'No student yet.' : `${formatPercent(status.best.accuracy)}, trial ${status.best.trial}`,
  );
  fill(
    'live-recent',
    status.recent.map((trial) => trialLine(trial, formatCost(cost, trial.cost))),
    'None has ended yet.',
  );
  byId('live-failed').hidden = status.failures.length === 0;
  byId('live-failed-title').textContent = counts.FAILED === 1 ? 'One failure' : `${counts.FAILED} failures`;
  fill(
    'live-failures',
    status.failures.map(({ trial, reason }) => line(`trial ${trial}`, reason ?? 'no reason given')),
    '',
  );
}

function workerLine({ worker, trial, epoch, accuracy, forMs }: LiveWorker, epochs: number | null): HTMLLIElement {
  if (trial === null) return line(`worker ${worker}`, 'waits');
  const parts = [
    `trial ${trial}`,
    epochs === null ? `${epoch} epochs` : `epoch ${Math.min(epoch + 1, epochs)} of ${epochs}`,
    ...(accuracy === null ? [] : [formatPercent(accuracy)]),
    ...(forMs === null ? [] : [formatDuration(forMs)]),
  ];
  return line(`worker ${worker}`, parts.join(', '));
}

function trialLine({ trial, state, accuracy, reason }: LiveTrial, cost: string): HTMLLIElement {
  if (state === 'FAILED') return line(`trial ${trial}`, `failed: ${reason ?? 'no reason given'}`);
  const result = accuracy === null ? state.toLowerCase() : `${formatPercent(accuracy)}, ${cost}`;
  return line(`trial ${trial}`, state === 'PRUNED' && accuracy !== null ? `${result}, pruned` : result);
}

function line(name: string, text: string): HTMLLIElement {
  return h('li', {}, h('b', {}, name), ' ', h('span', {}, text));
}

function fill(id: string, lines: readonly HTMLLIElement[], empty: string): void {
  byId(id).replaceChildren(...(lines.length === 0 && empty !== '' ? [h('li', {}, h('span', {}, empty))] : lines));
}
