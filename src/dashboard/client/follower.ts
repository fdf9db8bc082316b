import { byId } from '../../reports/client/dom.js';
import type { PackedReport } from '../../reports/packReport.js';
import type { LiveTrial } from '../LiveStatus.js';

/** The report is drawn anew this often at most, for an eighth of the time at most, but never later than this. */
const [leastMs, share, mostMs] = [1500, 8, 8000];
/** Whoever typed so short a while ago may go on. */
const typingMs = 2500;

/**
 * Listens to the page's events: the live part follows each, the report below follows ended trials.
 * @param name of the event that says how everything is
 * @param drawLive draws that, and returns a text that differs whenever a trial has ended since
 */
export function createFollower<T>(
  redraw: (data: readonly PackedReport[]) => void,
  name: string,
  drawLive: (state: T) => string,
): void {
  const follow = byId('live-follow');
  let following = true;
  let waiting = 0;
  let timer = 0;
  let readyAt = 0;
  let held = false;
  let typedAt = -Infinity;
  /** Not under the hands of whoever drags or types. */
  const isBusy = () => held || performance.now() - typedAt < typingMs;
  const tell = () => {
    byId('live-new').textContent = waiting === 0 || (following && !isBusy()) ? '' : `${waiting} new`;
  };
  const soon = () => {
    if (timer !== 0 || !following || waiting === 0) return;
    timer = window.setTimeout(
      () => {
        timer = 0;
        if (isBusy()) soon();
        else void refresh();
      },
      Math.max(leastMs / 3, readyAt - performance.now()),
    );
  };
  const refresh = async () => {
    const seen = waiting;
    const started = performance.now();
    try {
      const answer = await fetch(`${location.pathname}/data${location.search}`);
      if (!answer.ok) throw new Error(await answer.text());
      const fresh = (await answer.json()) as PackedReport[];
      // Meanwhile the reader may have begun to type.
      if (!isBusy()) {
        redraw(fresh);
        waiting -= seen;
        document.documentElement.dataset.redrawn = String(Number(document.documentElement.dataset.redrawn ?? 0) + 1);
      }
    } catch (error) {
      byId('live-fault').textContent = `Not up to date: ${error instanceof Error ? error.message : String(error)}`;
    }
    readyAt = performance.now() + Math.min(mostMs, Math.max(leastMs, share * (performance.now() - started)));
    tell();
    soon();
  };
  addEventListener('pointerdown', () => (held = true), true);
  for (const end of ['pointerup', 'pointercancel'] as const) addEventListener(end, () => (held = false), true);
  addEventListener('input', () => (typedAt = performance.now()), true);
  follow.addEventListener('click', () => {
    following = !following;
    follow.setAttribute('aria-pressed', String(following));
    tell();
    soon();
  });

  const events = new EventSource(`${location.pathname}/events${location.search}`);
  let seen = '';
  const on = <T>(name: string, listener: (data: T) => void) =>
    // Written by the server in this shape.
    events.addEventListener(name, (event) => listener(JSON.parse(String(event.data)) as T));
  on<T>(name, (state) => {
    byId('live-fault').textContent = '';
    const ended = drawLive(state);
    // After a lost connection trials may have ended unheard.
    if (seen !== '' && seen !== ended && waiting === 0) waiting = 1;
    seen = ended;
    tell();
    soon();
  });
  on<LiveTrial>('trial', ({ state }) => {
    if (state !== 'RUNNING' && state !== 'WAITING' && state !== 'PAUSED') waiting++;
  });
  on<string>('fault', (text) => (byId('live-fault').textContent = text));
  on<string>('gone', () => {
    events.close();
    byId('live-fault').textContent = 'A study that is shown here was deleted.';
  });
  events.addEventListener('error', () => {
    byId('live-fault').textContent = 'The connection to nas-distill serve is lost; trying again.';
  });
}
