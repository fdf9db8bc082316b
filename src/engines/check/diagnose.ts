import type { EngineName } from '../Engine.js';
import { enginesFolder } from '../install/enginesFolder.js';
import { findInstalled } from '../install/findInstalled.js';
import { changedFiles } from '../install/installEngine.js';
import { engines } from '../registry.js';
import { checkEngine } from './checkEngine.js';
import { lossTolerance } from './trainingCheck.js';

export interface Problem {
  readonly problem: string;
  /** The command, or what else to do. */
  readonly fix: string;
}

export interface Diagnosis {
  readonly engine: EngineName;
  /** False for one that is simply not installed. */
  readonly here: boolean;
  readonly version?: string;
  readonly device?: string;
  /** Fastest of a few training steps of a small network on one thread. */
  readonly stepMs?: number;
  readonly openMs?: number;
  /** Largest relative difference of its losses to the reference's. */
  readonly error?: number;
  readonly problems: readonly Problem[];
}

/** Trains on one engine in a process of its own and compares; also looks at the digests of an installed one's files. */
export async function diagnose(engine: EngineName): Promise<Diagnosis> {
  const probe = await engines[engine].probe();
  if (!probe.available) {
    return { engine, here: false, problems: [{ problem: probe.reason, fix: probe.install }] };
  }
  const problems: Problem[] = [];
  const again = reinstall(engine);
  if (engine === 'native' || engine === 'cuda') {
    const found = findInstalled(engine, enginesFolder());
    const changed = found.ok ? await changedFiles(found.engine.manifest, found.engine.folder) : [];
    for (const file of changed) problems.push({ problem: `${file} is not the file that was installed`, fix: again });
  }
  const base = { engine, here: true, version: probe.version };
  // Changed machine code is not run.
  if (problems.length > 0) return { ...base, problems };
  const answer = await checkEngine(engine, { threads: 1 });
  if (!answer.ok) return { ...base, problems: [{ problem: answer.message, fix: answer.hint ?? again }] };
  if (answer.error > lossTolerance) {
    const losses = answer.losses.map((loss) => loss?.toFixed(4) ?? 'NaN').join(', ');
    problems.push({ problem: `it computes other losses than the reference: ${losses}`, fix: again });
  }
  const { stepMs, openMs, error, device } = answer;
  return { ...base, version: answer.version, stepMs, openMs, error, problems, ...(device ? { device } : {}) };
}

function reinstall(engine: EngineName): string {
  if (engine === 'native' || engine === 'cuda') return `nas-distill engine install ${engine}`;
  return `npm install ${engine === 'wasm' ? '@tensorflow/tfjs-backend-wasm' : 'onnxruntime-node'}`;
}
