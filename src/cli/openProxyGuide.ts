import { violations } from '../costs/budgets.js';
import { openEngine } from '../engines/registry.js';
import type { EngineName } from '../engines/Engine.js';
import { ProxyGuide, type GuidedCandidate } from '../proxies/ProxyGuide.js';
import { proxies } from '../proxies/registry.js';
import type { SearchGuide } from '../search/SearchParts.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';
import type { Io } from './Io.js';
import { openProbe } from './openProbe.js';
import type { StudyGround } from './openStudy.js';
import { knownProxy } from './rankStudy.js';

/** Draws of a neighbour before a place among the candidates stays empty. */
const draws = 8;

/** The proxy that a study's settings name, between its sampler and its trials; undefined if they name none. */
export async function openProxyGuide(
  io: Io,
  ground: StudyGround,
  record: TeacherRecord,
  engineName: EngineName,
  seen: ReadonlySet<string>,
): Promise<{ guide: SearchGuide; close(): void } | undefined> {
  const { config, space, builder, budgets, cost } = ground;
  if (config.proxy === undefined) return undefined;
  const name = knownProxy(config.proxy);
  const engine = await openEngine(engineName, { threads: 1 });
  const probe = await openProbe(io, ground, record, engine);
  const candidateOf = (architecture: Architecture): GuidedCandidate<Architecture> => ({
    id: space.id(architecture),
    architecture,
    costs: builder.costs(architecture),
  });
  const guide = new ProxyGuide<Architecture>({
    name,
    ...config.proxyOptions,
    score: (architecture) => proxies[name].score(probe(builder.build(architecture).spec)),
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
    close: () => engine.close(),
  };
}
