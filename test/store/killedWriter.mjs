// Writes trials as fast as it can until it is killed. Runs on the build: node has no TypeScript.
import { openStore } from '../../dist/store/openStore.js';

const [path, trialJson] = process.argv.slice(2);
const trial = JSON.parse(trialJson);
const store = openStore(path);
if (store.study('killed') === undefined) store.createStudy({ name: 'killed', settings: {}, facts: {} });
store.requeueRunning('killed');
process.stdout.write('writing\n');
for (let i = 0; ; i++) {
  const { number } = store.createTrial('killed', { ...trial, architectureId: `${process.pid}-${i}` });
  store.start('killed', number, i % 2);
  for (const epoch of [1, 2])
    store.report('killed', number, { epoch, metrics: { accuracy: epoch / 10 }, elapsedMs: epoch });
  store.finish('killed', number, { state: 'COMPLETE', metrics: { accuracy: 0.2 } });
}
