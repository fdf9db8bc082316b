import { requireStages } from '../blockwise/stageModels.js';
import { violations } from '../costs/budgets.js';
import { openEngine } from '../engines/registry.js';
import type { EngineName } from '../engines/Engine.js';
import { ProxyGuide, type GuidedCandidate } from '../proxies/ProxyGuide.js';
import { proxies, type ProxyName } from '../proxies/registry.js';
import type { SearchGuide } from '../search/SearchParts.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';
import type { Io } from './Io.js';
import { openBlocks } from './openBlocks.js';
import { openProbe } from './openProbe.js';
import type { StudyGround } from './openStudy.js';
import { knownProxy } from './rankStudy.js';

/** Draws of a neighbour before a place among the candidates stays empty. */
const draws = 8;

/** Not one of the registry's: scores by blocks that were taught (docs/cheaper-trials.md). */
const blockwise = 'blockwise';
/** How blocks are taught in a search: as `nas-distill blockwise` does unless told otherwise. */
const teaching = { blocks: 24, steps: 80, images: 1500 };

/**
 * Checks the proxy that a study's settings name.
 * @throws NasDistillError USAGE if there is none of that name, SPACE if it cannot score this space
 */
export function requireProxy({ config, space, builder }: StudyGround): void {
  if (config.proxy === blockwise) requireStages(space, builder.build(space.reference).spec);
  else if (config.proxy !== undefined) knownProxy(config.proxy);
}

/** The proxy that a study's settings name, between its sampler and its trials; undefined if they name none. */
export async function openProxyGuide(
  io: Io,
  ground: StudyGround,
  record: TeacherRecord,
  engineName: EngineName,
  seen: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<{ guide: SearchGuide; close(): void } | undefined> {
  const { config, space, builder, budgets, cost } = ground;
  if (config.proxy === undefined) return undefined;
  const { score, close } =
    config.proxy === blockwise
      ? await scoreByBlocks(io, ground, record, signal)
      : await scoreByProxy(io, ground, record, engineName, knownProxy(config.proxy));
  const candidateOf = (architecture: Architecture): GuidedCandidate<Architecture> => ({
    id: space.id(architecture),
    architecture,
    costs: builder.costs(architecture),
  });
  const guide = new ProxyGuide<Architecture>({
    name: config.proxy,
    ...config.proxyOptions,
    score,
    neighbour: (of, rng) => {
      const limit = builder.costs(of.architecture)[cost];
      for (let i = 0; i < draws; i++) {
        const next = candidateOf(space.mutate(of.architecture, rng.fork(i)));
        const costs = builder.costs(next.architecture);
        const fits = costs[cost] <= limit && violations(costs, budgets).every((v) => v <= 0);
        if (fits && !seen.has(next.id)) return next;
      }
      return undefined;
    },
    say: (line) => io.progress.info(line),
  });
  return {
    guide: {
      refine: async (proposal, rng) => (await guide.refine(candidateOf(proposal), rng)).architecture,
      tell: (trial) => {
        if (trial.state === 'COMPLETE') guide.tell(candidateOf(trial.architecture), trial.metrics.accuracy);
      },
    },
    close,
  };
}

interface Scorer {
  score(architecture: Architecture): Promise<number | undefined>;
  close(): void;
}

async function scoreByProxy(
  io: Io,
  ground: StudyGround,
  record: TeacherRecord,
  engineName: EngineName,
  name: ProxyName,
): Promise<Scorer> {
  const engine = await openEngine(engineName, { threads: 1 });
  const probe = await openProbe(io, ground, record, engine);
  return {
    score: (architecture) => proxies[name].score(probe(ground.builder.build(architecture).spec)),
    close: () => engine.close(),
  };
}

async function scoreByBlocks(io: Io, ground: StudyGround, record: TeacherRecord, signal: AbortSignal): Promise<Scorer> {
  const { table } = await openBlocks(io, ground, record, teaching, signal);
  // An error: less is better there.
  return { score: (architecture) => Promise.resolve(-table.score(architecture)), close: () => undefined };
}
