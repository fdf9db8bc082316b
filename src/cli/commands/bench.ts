import Table from 'cli-table3';
import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { benchmarkEngines, type BenchmarkReport } from '../../benchmarks/benchmarkEngines.js';
import { benchmarkNetNames, benchmarkNets, type BenchmarkNetName } from '../../benchmarks/nets.js';
import { profileSideBySide, type SideBySide } from '../../benchmarks/profileSideBySide.js';
import type { Scaling } from '../../benchmarks/scalingOf.js';
import type { Spread } from '../../benchmarks/Spread.js';
import type { EngineName } from '../../engines/Engine.js';
import { engineNameOf, probeEngines } from '../../engines/registry.js';
import type { StepProfile } from '../../engines/onnx/profileStep.js';
import { describeSideBySide } from '../describeSideBySide.js';
import { describeStepProfile } from '../describeStepProfile.js';
import { collect, cores, wholeNumber } from '../flags.js';
import { askSubCommand } from '../askSubCommand.js';
import type { RegisterCommand } from './Command.js';

const flagsSchema = z.object({
  engine: z.array(z.string()).optional(),
  net: z.array(z.string()).optional(),
  batch: z.array(z.string()).optional(),
  rounds: z.number(),
  peer: z.string().optional(),
  engineProfile: z.boolean().default(false),
  sideBySide: z.boolean().default(false),
});

/** `nas-distill bench engine`. */
export const registerBench: RegisterCommand = (program, io) => {
  const bench = program.command('bench').description('Benchmarks of this machine');
  bench
    .command('engine')
    .description('Time a training step and a forward pass on every installed engine, and on PyTorch beside them')
    .option('--engine <names>', 'engines to time (default: all that are here)', collect)
    .option('--net <names>', `nets to time: ${benchmarkNetNames.join(', ')} (default: all)`, collect)
    .option('--batch <sizes>', 'batch sizes (default: 64,128)', collect)
    .option('--rounds <n>', 'rounds; in each, all contestants run in turn', wholeNumber(1), 5)
    .option('--peer <python>', 'a Python that can import torch: the same nets in PyTorch, in the same rounds')
    .option('--engine-profile', "show the operators of the onnx engine's training step and their ms; time nothing else")
    .option(
      '--side-by-side',
      'with --engine-profile: also with a worker on each core at once, and what they lose to each other',
    )
    .addHelpText(
      'after',
      `
Nets:
${benchmarkNetNames.map((name) => `  ${name.padEnd(10)} ${benchmarkNets[name].title}`).join('\n')}

Example:
  $ nas-distill bench engine --net cnn,vit --batch 64 --peer ~/venv/bin/python`,
    )
    .action(async (options: unknown, command) => {
      const out = io(command);
      const flags = flagsSchema.parse(options);
      if (flags.engineProfile) {
        const other = flags.engine?.map(engineNameOf).find((name) => name !== 'onnx');
        if (other !== undefined) {
          throw new NasDistillError('USAGE', `--engine-profile: engine ${other} has no such profile`, {
            hint: 'Only the onnx engine shows its operators: leave --engine out, or give --engine onnx.',
          });
        }
        const profiles = await profileNets(netsOf(flags.net), batchesOf(flags.batch), flags.sideBySide);
        out.result({ profiles }, () => profiles.map(describeNetProfile).join('\n\n'));
        return;
      }
      if (flags.sideBySide) {
        throw new NasDistillError('USAGE', '--side-by-side is part of a profile', { hint: 'Add --engine-profile.' });
      }
      const report = await benchmarkEngines({
        engines: await enginesOf(flags.engine),
        nets: netsOf(flags.net),
        batches: batchesOf(flags.batch),
        workers: cores() > 1 ? [1, cores()] : [1],
        rounds: flags.rounds,
        progress: out.progress,
        ...(flags.peer === undefined ? {} : { peer: flags.peer }),
      });
      out.result(report, () => describe(report));
    });
  askSubCommand(bench);
};

async function enginesOf(asked: readonly string[] | undefined): Promise<EngineName[]> {
  const reports = await probeEngines();
  if (asked === undefined) return reports.filter((r) => r.available).map((r) => r.name);
  return asked.map((name) => {
    const report = reports.find((r) => r.name === engineNameOf(name));
    if (report?.available !== true) {
      throw new NasDistillError('ENGINE_MISSING', `engine ${name} is not here: ${report?.reason ?? ''}`, {
        hint: `It needs: ${report?.install ?? ''}`,
      });
    }
    return report.name;
  });
}

function netsOf(asked: readonly string[] | undefined): BenchmarkNetName[] {
  return (asked ?? benchmarkNetNames).map((name) => {
    const known = benchmarkNetNames.find((net) => net === name);
    if (!known) {
      throw new NasDistillError('USAGE', `unknown net "${name}"`, { hint: `Use: ${benchmarkNetNames.join(', ')}.` });
    }
    return known;
  });
}

function batchesOf(asked: readonly string[] | undefined): number[] {
  return (asked ?? ['64', '128']).map((text) => {
    const size = Number(text);
    if (!Number.isInteger(size) || size < 2 || size > 4096) {
      throw new NasDistillError('USAGE', `--batch ${text} is no batch size`, { hint: 'Use whole numbers, 2 to 4096.' });
    }
    return size;
  });
}

async function profileNets(
  nets: readonly BenchmarkNetName[],
  batches: readonly number[],
  sideBySide: boolean,
): Promise<NetProfile[]> {
  if (sideBySide && cores() === 1) {
    throw new NasDistillError('USAGE', '--side-by-side: this process has one core, workers would run by turns', {
      hint: 'Give it more cores, or leave the flag out.',
    });
  }
  const { benchmarkStep } = await import('../../benchmarks/benchmarkProgram.js');
  const { profileStep } = await import('../../engines/onnx/profileStep.js');
  const profiles: NetProfile[] = [];
  for (const net of nets) {
    for (const batch of batches) {
      const { training, feeds } = benchmarkStep(net, batch);
      const profile = await profileStep(training.step, training.state, feeds, { threads: 1 });
      const beside = sideBySide ? { side_by_side: await profileSideBySide(net, batch, cores()) } : {};
      profiles.push({ net, batch, ...profile, ...beside });
    }
  }
  return profiles;
}

interface NetProfile extends StepProfile {
  readonly net: BenchmarkNetName;
  readonly batch: number;
  readonly side_by_side?: SideBySide;
}

function describeNetProfile(profile: NetProfile): string {
  const { net, batch, side_by_side: beside } = profile;
  return [
    `${net}, batch ${batch}, one thread`,
    describeStepProfile(profile),
    ...(beside ? [describeSideBySide(beside)] : []),
  ].join('\n');
}

function describe(report: BenchmarkReport): string {
  const withPeer = report.peer !== undefined;
  const table = new Table({
    head: [
      'net',
      'batch',
      'engine',
      'workers',
      'step ms',
      'forward ms',
      'times one',
      'compile ms',
      ...(withPeer ? ['vs PyTorch'] : []),
    ],
    style: { head: [], border: [] },
  });
  const spread = (s: Spread) => `${s.median.toFixed(1)} (${s.min.toFixed(1)} to ${s.max.toFixed(1)})`;
  const timesOne = (scaling: Scaling | undefined) =>
    scaling ? `${scaling.step.median.toFixed(2)} step, ${scaling.forward.median.toFixed(2)} forward` : '';
  for (const { net, batch, engines, peer } of report.nets) {
    for (const e of engines) {
      table.push([
        net,
        batch,
        e.engine,
        e.workers,
        spread(e.step),
        spread(e.forward),
        timesOne(e.scaling),
        e.compile_ms.toFixed(0),
        ...(withPeer ? [`${e.ratio_to_peer?.toFixed(2)} step, ${e.forward_ratio_to_peer?.toFixed(2)} forward`] : []),
      ]);
    }
    for (const p of peer ?? [])
      table.push([net, batch, report.peer ?? '', p.cores, spread(p.step), spread(p.forward), timesOne(p.scaling), '', '']); // prettier-ignore
  }
  return [
    table.toString(),
    'Milliseconds per step of work, median (fastest to slowest round); workers have one core each and run side by side.',
    'times one: how many times the work of one worker they do, by the time that each worker took for its own steps.',
    ...(withPeer
      ? [
          'For PyTorch: of one process, by as many processes with a thread each; what this machine lets anybody have.',
          "vs PyTorch: PyTorch's best time on as many cores over ours; above 1 is faster than PyTorch.",
        ]
      : []),
  ].join('\n');
}
