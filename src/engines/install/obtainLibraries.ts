import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.js';
import type { Progress } from '../../core/progress.js';
import { formatBytes } from '../../core/units.js';
import { installError, installStorageError } from './installError.js';
import type { Manifest } from './Manifest.js';
import { configuredIndex, downloadWheel } from './packageIndex.js';
import type { EnginePins, Wheel } from './pins.js';
import { findPip, pipDownload } from './pipDownload.js';
import { ZipFile } from './ZipFile.js';

/** TensorFlow on the disk: a folder with the two libraries and `include/`. */
export interface Libraries {
  readonly folder: string;
  readonly tensorflow: Manifest['tensorflow'];
}

export interface LibrarySource {
  /** --tensorflow: an installed TensorFlow, used where it lies. */
  readonly tensorflow?: string;
  readonly python?: string;
  readonly index?: string;
}

export const libraryNames = (platform: string): [string, string] =>
  platform === 'darwin'
    ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** Of a wheel: the libraries, the headers that the binding includes, the licences; of NVIDIA's also the compiler's data. */
const wanted = [
  /^tensorflow\/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/,
  /^tensorflow\/include\/(tensorflow\/c\/|tensorflow\/core\/platform\/ctstring|tsl\/platform\/ctstring|xla\/tsl\/c\/).*\.h$/,
  /^nvidia\/[^/]+\/lib\/.*\.so(\.[\d.]+)?$/,
  /^nvidia\/cuda_nvcc\/(bin\/ptxas|nvvm\/libdevice\/.*)$/,
  /^[^/]+\.dist-info\/(.*\/)?(LICENSE|NOTICE|License)[^/]*$/,
];

/** Finds or downloads TensorFlow; downloads are unpacked into `work`. @throws NasDistillError ENGINE_INSTALL, STORAGE_FULL */
export async function obtainLibraries(
  source: LibrarySource,
  pins: EnginePins,
  work: string,
  platform: string,
  progress: Progress,
): Promise<Libraries> {
  if (source.tensorflow !== undefined) return useInstalled(source.tensorflow, platform);
  const downloads = join(work, 'downloads');
  mkdirSync(downloads);
  const bytes = pins.wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);
  const python = await findPip(source.python);
  if (source.python !== undefined && python === undefined) {
    throw installError(`${source.python} is no Python with pip`, 'Check --python, or leave it away.');
  }
  if (python !== undefined) {
    progress.info(`Downloading ${formatBytes(bytes)} by ${python} -m pip`);
    await pipDownload(python, pins, downloads, source.index);
  } else {
    await downloadAll(configuredIndex(source.index), pins.wheels, downloads, bytes, progress);
  }
  for (const wheel of pins.wheels) await unpack(join(downloads, wheel.file), work);
  rmSync(downloads, { recursive: true });
  const { name, version } = pins.wheels[0];
  return {
    folder: join(work, 'tensorflow'),
    tensorflow: { version, origin: python === undefined ? 'index' : 'pip', source: `${name}==${version}` },
  };
}

async function downloadAll(
  index: string,
  wheels: readonly Wheel[],
  folder: string,
  bytes: number,
  progress: Progress,
): Promise<void> {
  const task = progress.start('Download', bytes);
  let before = 0;
  for (const wheel of wheels) {
    await downloadWheel(index, wheel, join(folder, wheel.file), (done) => task.update(before + done, wheel.name));
    before += wheel.bytes;
  }
  task.end(formatBytes(bytes));
}

async function unpack(wheel: string, work: string): Promise<void> {
  try {
    const zip = new ZipFile(wheel);
    for (const entry of zip.entries) {
      const safe = !entry.name.startsWith('/') && !entry.name.split('/').includes('..');
      if (safe && wanted.some((pattern) => pattern.test(entry.name))) await zip.extract(entry, join(work, entry.name));
    }
  } catch (error) {
    if (error instanceof Error && !('code' in error)) {
      throw installError(`${wheel} cannot be unpacked: ${messageOf(error)}`, 'Install again.', error);
    }
    throw installStorageError(wheel, error);
  }
  // One wheel at a time, so that downloads and what was taken out of them are not on the disk together.
  rmSync(wheel);
}

/** DIR may be the package itself or the site-packages folder or environment's root above it. */
function useInstalled(asked: string, platform: string): Libraries {
  const [cc, framework] = libraryNames(platform);
  const folder = [asked, join(asked, 'tensorflow')].find((candidate) => existsSync(join(candidate, cc)));
  if (folder === undefined || !existsSync(join(folder, framework))) {
    throw installError(
      `--tensorflow ${asked}: there is no ${cc} with ${framework}`,
      `Give the folder that this prints: python3 -c "import tensorflow, os; print(os.path.dirname(tensorflow.__file__))"`,
    );
  }
  if (!existsSync(join(folder, 'include', 'tensorflow', 'c', 'eager', 'c_api.h'))) {
    throw installError(
      `--tensorflow ${asked}: ${folder}/include has no headers of its C API`,
      'Use one installed by pip.',
    );
  }
  const real = realpathSync(folder);
  return { folder: real, tensorflow: { version: 'unknown', origin: 'folder', source: real } };
}
