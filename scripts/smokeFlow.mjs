// A small but whole run of an installed nas-distill on data made here: teacher, search, report, promotion.
import { mkdirSync, writeFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {(...words: string[]) => string} nasDistill runs one command line in `folder` and returns its stdout; throws if it fails
 * @param {string} folder an empty working folder
 */
export function smokeFlow(nasDistill, folder) {
  const json = (...words) => JSON.parse(nasDistill(...words, '--json'));
  need(nasDistill('--help').includes('Exit codes'), '--help names the exit codes');
  need(json('space', 'list').spaces.length >= 5, 'the shipped spaces are found');
  need(json('engine', 'list').auto.name === 'onnx', 'the onnx engine is chosen');

  const data = join(folder, 'stripes');
  writeStripes(data);
  const taught = json('teacher', 'train', 'vit', '--size', 'tiny', '--epochs', '1', '--data', data);
  need(taught.trainedOn.validation > 0.6, 'the teacher learns three kinds of stripes');
  const search = [
    'search',
    '--data',
    data,
    '--space',
    'minimal',
    '--budget',
    '2KB',
    '--epochs',
    '1',
    '--study',
    'smoke',
  ];
  const found = json(...search, '--trials', '4', '--workers', '2', '--no-report');
  // Four, and the uniformly scaled baselines that fit the budget.
  need(found.counts.COMPLETE >= 4 && !found.counts.FAILED, `all trials are complete: ${JSON.stringify(found.counts)}`);
  need(
    found.front.every((trial) => trial.costs.bytes <= 2000),
    'the budget holds',
  );
  nasDistill('report', 'smoke', '--output', join(folder, 'smoke.html'));
  need(statSync(join(folder, 'smoke.html')).size > 1e6, 'the report holds its plotting library');
  // promote reloads what it exported in tfjs and onnxruntime and fails if the outputs differ.
  const promoted = json(
    'promote',
    'smoke',
    '--pick',
    'best',
    '--epochs',
    '1',
    '--no-alone',
    '--out',
    join(folder, 'out'),
  );
  need(promoted.accuracy.student >= 0 && existsSync(promoted.directory), 'the student is exported');
}

function need(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
}

/** IDX files of 12x12 grey images: upright, level and slanting stripes in turn. */
function writeStripes(folder) {
  const size = 12;
  mkdirSync(folder, { recursive: true });
  for (const [name, count] of [
    ['train', 300],
    ['t10k', 60],
  ]) {
    const images = Buffer.alloc(count * size * size);
    const labels = Buffer.alloc(count);
    for (let i = 0; i < images.length; i++) {
      const image = Math.floor(i / (size * size));
      const [x, y] = [i % size, Math.floor(i / size) % size];
      labels[image] = image % 3;
      // The last term is noise enough to make every image another one.
      images[i] = ([x, y, x + y][image % 3] % 4 < 2 ? 170 : 40) + ((i * 7919 + image * 104729) % 61);
    }
    const file = (kind, magic, sizes, values) => {
      const head = Buffer.alloc(4 + 4 * sizes.length);
      [magic, ...sizes].forEach((value, i) => head.writeUInt32BE(value, 4 * i));
      writeFileSync(join(folder, `${name}-${kind}`), Buffer.concat([head, values]));
    };
    file('images-idx3-ubyte', 0x803, [count, size, size], images);
    file('labels-idx1-ubyte', 0x801, [count], labels);
  }
}
