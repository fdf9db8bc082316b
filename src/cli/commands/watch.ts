import { StudyFeed } from '../../dashboard/StudyFeed.js';
import type { LiveStatus } from '../../dashboard/LiveStatus.js';
import type { TrialStore } from '../../store/types.js';
import { ExitCode } from '../../core/errors.js';
import { liveBlock, liveLine } from '../describeLive.js';
import { drawFront } from '../drawFront.js';
import { LiveBlock } from '../LiveBlock.js';
import { chosenStudy, openMigrated } from '../openStudies.js';
import { resultPaths } from '../paths.js';
import { paintFor } from '../terminalText.js';
import type { RegisterCommand } from './Command.js';

const [lookMs, lineMs] = [500, 5000];

/** `nas-distill watch`: one live block about a study, from another terminal. */
export const registerWatch: RegisterCommand = (program, io) => {
  program
    .command('watch')
    .description('Follow a study that another terminal searches, until it ends')
    .argument('[study]', 'name of the study (default: the one that runs, else the newest)')
    .addHelpText('after', '\nExamples:\n  $ nas-distill watch\n  $ nas-distill watch my-study --json > end.json')
    .action(async (asked: string | undefined, _options: unknown, command) => {
      const out = io(command);
      const store = openMigrated(resultPaths(out.resultsDir).database);
      try {
        const name = chosenStudy(store, asked ?? runningStudy(store)).name;
        const last = await follow(store, name, process.stderr);
        if (last === null) {
          process.exitCode = ExitCode.interrupted;
          return;
        }
        const students = store.trialSummaries(name).filter((trial) => trial.state === 'COMPLETE');
        out.result(last, () =>
          [
            ...liveBlock(last, process.stdout.columns || 80, paintFor(process.stdout)),
            ...drawFront(students, last.cost, process.stdout.columns || 80),
          ].join('\n'),
        );
      } finally {
        store.close();
      }
    });
};

/** Shows the study until it ends; its last state, or null after Ctrl-C. A terminal gets a block, anything else lines. */
async function follow(store: TrialStore, name: string, stream: NodeJS.WriteStream): Promise<LiveStatus | null> {
  const feed = new StudyFeed(store, name);
  const block = LiveBlock.fits(stream) ? new LiveBlock(stream) : undefined;
  const paint = paintFor(stream);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  let said = { text: '', at: -Infinity };
  try {
    for (;;) {
      feed.look();
      // Elapsed time goes on between two looks.
      const status = { ...feed.status, elapsedMs: feed.status.elapsedMs + sinceLook(feed.status) };
      if (status.state !== 'running') {
        block?.clear();
        return feed.status;
      }
      const text = liveLine(feed.status);
      if (block !== undefined) block.draw(liveBlock(status, block.columns, paint));
      else if (text !== said.text && Date.now() - said.at >= lineMs) {
        stream.write(`${text}\n`);
        said = { text, at: Date.now() };
      }
      await pause(stopping.signal);
      if (stopping.signal.aborted) return null;
    }
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

function sinceLook({ state, now }: LiveStatus): number {
  return state === 'running' ? Math.max(0, Date.now() - now) : 0;
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, lookMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The newest study that a living process writes. */
function runningStudy(store: TrialStore): string | undefined {
  return store
    .studies()
    .reverse()
    .find((study) => store.writer(study.name)?.alive)?.name;
}
