import { NasDistillError } from '../../core/errors.js';
import { formatMilliseconds } from '../../core/units.js';
import { localDevice } from '../../costs/budgets.js';
import { cannotRun, weightFormats, type WeightFormat } from '../../costs/CostModel.js';
import { createPredictor } from '../../devices/createPredictor.js';
import { checkDeviceName, listDevices, loadDevice, readProfile } from '../../devices/deviceFiles.js';
import type { DeviceProfile, RooflineProfile } from '../../devices/DeviceProfile.js';
import { isThisMachine } from '../../devices/machine.js';
import { precisionFor } from '../../devices/roofline.js';
import { listSpaces, loadSpace } from '../../spaces/loadSpace.js';
import { collect, cores, numbers, wholeNumber } from '../flags.js';
import { interruptible } from '../interruptible.js';
import { calibratingModels, describeMeasured, measureDevice } from '../measureDevice.js';
import { resultPaths } from '../paths.js';
import { lines, table } from '../table.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill device measure|list|show`. */
export const registerDevice: RegisterCommand = (program, io) => {
  const device = program
    .command('device')
    .description('Devices that latency is predicted for: measure this one, look at all');

  device
    .command('measure')
    .description('Time models on this machine and save a profile that predicts latency (about a minute; keep it idle)')
    .option('--name <name>', `name of the profile; ${localDevice} is meant where a budget names no device`, localDevice)
    .option('--threads <n>', 'threads that compute one inference', wholeNumber(1), 1)
    .option('--batch <n>', 'images of one inference', wholeNumber(1), 1)
    .option(
      '--models <n>',
      'models to time: more take longer and predict a little better',
      wholeNumber(20),
      calibratingModels,
    )
    .option('--space <file>', 'also time architectures of this space; repeat for several', collect, [])
    .action(
      async (options: { name: string; threads: number; batch: number; models: number; space: string[] }, command) => {
        const out = io(command);
        const { name, threads, batch, models } = options;
        checkDeviceName(name, resultPaths(out.resultsDir).devices);
        if (threads > cores()) {
          throw new NasDistillError('USAGE', `--threads ${threads}: this machine has ${cores()} cores`, {
            hint: 'Give as many threads as the model will have where it runs.',
          });
        }
        const spaces = options.space.map((space) => loadSpace(space));
        const { profile, file } = await interruptible(out, 'nas-distill device measure', (signal) =>
          measureDevice(out, { name, threads, batch, models, spaces, signal }),
        );
        out.result({ device: name, file, ...publicProfile(profile) }, () =>
          [`device ${name}: saved as ${file}`, describeMeasured(profile)].join('\n'),
        );
      },
    );

  device
    .command('list')
    .description('Shipped profiles and measured ones')
    .action((_options: unknown, command) => {
      const out = io(command);
      const rows = listDevices(resultPaths(out.resultsDir).devices).map(({ name, file, shipped }) => {
        const profile = readOrExplain(file);
        return { name, file, shipped, profile };
      });
      const document = rows.map(({ name, shipped, profile }) =>
        typeof profile === 'string'
          ? { name, shipped, problem: profile }
          : { name, shipped, ...publicProfile(profile) },
      );
      out.result({ devices: document }, () =>
        table(
          [{ title: 'device' }, { title: 'class' }, { title: 'precisions' }, { title: 'what it is' }],
          rows.map(({ name, profile }) =>
            typeof profile === 'string'
              ? [name, '-', '-', profile]
              : [
                  profile.kind === 'roofline' ? [name, ...profile.aliases].join(', ') : name,
                  profile.kind === 'roofline' ? profile.class : 'cpu, measured',
                  precisionsOf(profile).join(', '),
                  profile.title,
                ],
          ),
        ),
      );
    });

  device
    .command('show')
    .description('A profile, how far it can be trusted, and what it predicts for the shipped spaces')
    .argument('<device>', 'a name of nas-distill device list, or a file')
    .option('--input <h,w,c>', 'shape of the images', numbers, [28, 28, 1])
    .option('--weights <format>', `${weightFormats.join(' | ')} (default: the first that the device computes in)`)
    .action((name: string, options: { input: number[]; weights?: string }, command) => {
      const out = io(command);
      const profile = loadDevice(name, resultPaths(out.resultsDir).devices);
      const weights = weightsOf(profile, options.weights);
      const predictions = predictionsOf(name, profile, weights, options.input);
      out.result({ device: name, ...publicProfile(profile), weights, predictions }, () =>
        [
          profile.kind === 'measured' ? describeMeasured(profile) : describeRoofline(profile),
          ...(profile.kind === 'measured' && !isThisMachine(profile)
            ? ['measured on another machine or runtime: what it predicts cannot be checked here']
            : []),
          table(
            [{ title: `reference architecture (${weights})` }, { title: 'latency', align: 'right' }, { title: '' }],
            predictions.map(({ space, ms, unsupported }) => [
              space,
              ms === null ? '-' : formatMilliseconds(ms),
              unsupported.length === 0 ? '' : `cannot run ${unsupported.join(', ')}`,
            ]),
          ),
        ].join('\n'),
      );
    });
};

/** Without the hundred times that it was fitted to. */
function publicProfile(profile: DeviceProfile): object {
  if (profile.kind === 'roofline') return profile;
  const { times, ...rest } = profile;
  return { ...rest, features: Object.keys(times).length };
}

function readOrExplain(file: string): DeviceProfile | string {
  try {
    return readProfile(file);
  } catch (error) {
    if (error instanceof NasDistillError) return error.message;
    throw error;
  }
}

function precisionsOf(profile: DeviceProfile): string[] {
  return profile.kind === 'measured' ? ['float32'] : Object.keys(profile.gmacs);
}

function weightsOf(profile: DeviceProfile, asked: string | undefined): WeightFormat {
  const given = weightFormats.find((format) => format === asked);
  if (asked !== undefined && given === undefined) {
    throw new NasDistillError('USAGE', `--weights ${asked}: unknown`, {
      hint: `Use one of: ${weightFormats.join(', ')}.`,
    });
  }
  if (given !== undefined) return given;
  if (profile.kind === 'measured') return 'float32';
  return weightFormats.find((format) => precisionFor(profile.gmacs, format) !== undefined) ?? 'int8';
}

function predictionsOf(name: string, profile: DeviceProfile, weights: WeightFormat, shape: readonly number[]) {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || shape.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new NasDistillError('USAGE', `--input ${shape.join(',')}: three whole numbers are needed`, {
      hint: 'Height, width, channels: --input 32,32,3',
    });
  }
  const predictor = createPredictor(name, profile, weights);
  const spaces = listSpaces().map((space) => loadSpace(space));
  return spaces.flatMap((space) => {
    if (space.samples !== 'images') return [];
    const spec = space.toModelSpec(space.reference, { input: [height, width, channels], classes: 10 });
    const unsupported = predictor.unsupported(spec);
    const ms = predictor.predict(spec);
    return [{ space: space.name, ms: ms >= cannotRun ? null : ms, unsupported }];
  });
}

function describeRoofline(profile: RooflineProfile): string {
  const { title, gmacs, bandwidth, launch, overhead, unsupported, sources } = profile;
  const cannot = [...unsupported.layers, ...unsupported.activations.map((name) => `activation ${name}`)];
  return [
    lines([
      ['device', title],
      [
        'peak',
        Object.entries(gmacs)
          .map(([precision, peak]) => `${precision} ${peak} GMACs/s`)
          .join(', '),
      ],
      ['bandwidth', `${bandwidth} GB/s`],
      ['launch', `${launch} us a kernel, ${overhead} us an inference`],
      ['cannot run', cannot.length === 0 ? 'nothing that is known' : cannot.join(', ')],
      ...sources.map((source, i) => [i === 0 ? 'sources' : '', source] as const),
    ]),
    'A roofline of public figures: good to rank architectures and for a first budget, not for the last millisecond.',
  ].join('\n');
}
