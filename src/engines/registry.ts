import { NasDistillError } from '../core/errors.js';
import { engineNames, type Engine, type EngineName, type EngineOptions } from './Engine.js';
import type { EngineEntry } from './EngineEntry.js';
import { cudaEntry, nativeEntry } from './nativeEntries.js';
import { onnxEntry } from './onnxEntry.js';
import { onnxCoremlEntry, onnxCudaEntry, onnxDirectmlEntry, webgpuEntry } from './providers/providerEntries.js';
import { wasmEntry } from './wasmEntry.js';

/** Every engine by name. A new one is one line here and one run of the contract suite. */
export const engines = {
  onnx: onnxEntry,
  wasm: wasmEntry,
  native: nativeEntry,
  cuda: cudaEntry,
  webgpu: webgpuEntry,
  'onnx:cuda': onnxCudaEntry,
  'onnx:coreml': onnxCoremlEntry,
  'onnx:directml': onnxDirectmlEntry,
} as const satisfies Record<EngineName, EngineEntry>;

/** Other ways to write an engine's name. */
const aliases: Readonly<Record<string, EngineName>> = { 'onnx:cpu': 'onnx', 'onnx:webgpu': 'webgpu' };

/** What may be asked for with --engine. */
export const engineRequests = ['auto', ...engineNames] as const;
export type EngineRequest = (typeof engineRequests)[number];

export interface EngineReport {
  readonly name: EngineName;
  readonly summary: string;
  readonly available: boolean;
  readonly version?: string;
  /** On the disk, of an engine that was installed by itself. */
  readonly bytes?: number;
  readonly reason?: string;
  /** The command that gets it. */
  readonly install?: string;
}

/** The state of every engine on this machine. */
export function probeEngines(): Promise<EngineReport[]> {
  return Promise.all(
    engineNames.map(async (name) => ({ name, summary: engines[name].summary, ...(await engines[name].probe()) })),
  );
}

/**
 * Which engine a request means here, and why (one line for the user). `auto` is onnx where it loads, else wasm, and says
 * so; a named engine is that engine, whether or not it can be opened.
 * @throws NasDistillError USAGE for an unknown name, ENGINE_MISSING if `auto` finds none.
 */
export async function chooseEngine(request: string): Promise<{ name: EngineName; why: string }> {
  const name = parseEngineRequest(request);
  if (name !== 'auto') return { name, why: 'asked for by --engine' };
  const onnx = await engines.onnx.probe();
  if (onnx.available) return { name: 'onnx', why: `the default (${onnx.version})` };
  const wasm = await engines.wasm.probe();
  if (wasm.available) {
    return { name: 'wasm', why: `onnx is not available (${onnx.reason}; get it with: ${onnx.install})` };
  }
  throw new NasDistillError('ENGINE_MISSING', `no engine is available: ${onnx.reason}; ${wasm.reason}`, {
    hint: `Get one with: ${onnx.install}`,
  });
}

/**
 * Opens the engine that `request` means.
 * @throws NasDistillError ENGINE_MISSING with the command to get it; never another engine than the one that was named.
 */
export async function openEngine(request: string, options: EngineOptions): Promise<Engine> {
  const { name } = await chooseEngine(request);
  return engines[name].open(options);
}

/** To be awaited before this thread starts others that open the engine: what they inherit is set here. */
export async function prepareThreads(request: string): Promise<void> {
  const { name } = await chooseEngine(request);
  const entry: EngineEntry = engines[name];
  await entry.prepareThreads?.();
}

/** The engine of that name. @throws NasDistillError USAGE for an unknown one, and for `auto` */
export function engineNameOf(asked: string): EngineName {
  const name = parseEngineRequest(asked);
  if (name !== 'auto') return name;
  throw new NasDistillError('USAGE', "'auto' is no engine by itself", {
    hint: `Use one of: ${engineNames.join(', ')}.`,
  });
}

function parseEngineRequest(request: string): EngineRequest {
  const asked = Object.hasOwn(aliases, request) ? aliases[request] : request;
  const known = engineRequests.find((name) => name === asked);
  if (!known) {
    throw new NasDistillError('USAGE', `unknown engine '${request}'`, {
      hint: `Use one of: ${engineRequests.join(', ')}.`,
    });
  }
  return known;
}
