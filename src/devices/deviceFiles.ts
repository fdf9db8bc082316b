import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atomicWrite } from '../core/atomicWrite.js';
import { closest } from '../core/closest.js';
import { NasDistillError } from '../core/errors.js';
import { readYamlFile } from '../core/yamlFile.js';
import { localDevice } from '../costs/budgets.js';
import { profileFormat, profileSchema, type DeviceProfile, type MeasuredProfile } from './DeviceProfile.js';
import { featureVersion } from './features.js';

/** The folder of the shipped profiles: as far up from src/devices as from dist/devices. */
const shippedDir = fileURLToPath(new URL('../../devices', import.meta.url));
const allowedName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface ListedDevice {
  readonly name: string;
  readonly file: string;
  readonly shipped: boolean;
}

/** Shipped profiles, then those measured into `dir`; nothing is read but their names. */
export function listDevices(dir: string): ListedDevice[] {
  const found = (folder: string, ending: string, shipped: boolean) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((file) => file.endsWith(ending))
          .sort()
          .map((file) => ({ name: basename(file, ending), file: join(folder, file), shipped }))
      : [];
  return [...found(shippedDir, '.yaml', true), ...found(dir, '.json', false)];
}

/**
 * Loads a profile by path (it holds a separator or ends in .yaml, .yml or .json), by the name or an alias of a shipped one,
 * or by the name of a measured one.
 * @throws NasDistillError NOT_FOUND; CONFIG for a profile of another version or one that is wrong, naming line and key
 */
export function loadDevice(pathOrName: string, dir: string): DeviceProfile {
  if (/[\\/]/.test(pathOrName) || /\.(ya?ml|json)$/i.test(pathOrName)) return readProfile(pathOrName);
  const known = listDevices(dir);
  const named = known.find(({ name }) => name === pathOrName);
  if (named !== undefined) return readProfile(named.file);
  for (const { file } of known.filter(({ shipped }) => shipped)) {
    const profile = readProfile(file);
    if (profile.kind === 'roofline' && profile.aliases.includes(pathOrName)) return profile;
  }
  const names = known.map(({ name }) => name);
  const near = closest(pathOrName, names);
  throw new NasDistillError('NOT_FOUND', `no device "${pathOrName}"`, {
    hint:
      pathOrName === localDevice
        ? 'Measure this machine with: nas-distill device measure'
        : `${near === undefined ? '' : `Did you mean ${near}? `}Give a profile's file, or one of: ${names.join(', ')}.`,
  });
}

/** True if `--device NAME` finds a profile without measuring anything. */
export function isKnownDevice(name: string, dir: string): boolean {
  return listDevices(dir).some((device) => device.name === name);
}

/** Saves what was measured; returns the file. @throws NasDistillError USAGE for a name that is not allowed or taken */
export function saveDevice(name: string, profile: MeasuredProfile, dir: string): string {
  checkDeviceName(name, dir);
  const file = join(dir, `${name}.json`);
  atomicWrite(file, `${JSON.stringify(profile, null, 1)}\n`);
  return file;
}

/** @throws NasDistillError USAGE */
export function checkDeviceName(name: string, dir: string): void {
  if (!allowedName.test(name)) {
    throw new NasDistillError('USAGE', `device name ${JSON.stringify(name)} is not allowed`, {
      hint: "Use 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit.",
    });
  }
  if (!listDevices(dir).some((device) => device.shipped && device.name === name)) return;
  throw new NasDistillError('USAGE', `"${name}" is the name of a shipped profile`, { hint: 'Choose another --name.' });
}

/** @throws NasDistillError CONFIG */
export function readProfile(file: string): DeviceProfile {
  const { data, lineOf } = readYamlFile(file, 'device profile');
  const { format, kind, features } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const older = typeof format === 'number' && format !== profileFormat;
  if (older || (kind === 'measured' && typeof features === 'number' && features !== featureVersion)) {
    const what = older
      ? `format ${format}, this version reads format ${profileFormat}`
      : 'another version of the model';
    throw new NasDistillError('CONFIG', `device profile ${file} is of ${what}`, {
      hint:
        kind === 'measured'
          ? 'Measure the device again with: nas-distill device measure'
          : 'Write it anew: docs/devices.md shows the format.',
    });
  }
  const parsed = profileSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const line = lineOf(issue.path);
  const where = `${file}${line === undefined ? '' : `:${line}`}`;
  const key = issue.path.join('.') || 'device profile';
  throw new NasDistillError('CONFIG', `${where}: ${key}: ${issue.message}`, {
    hint: 'All keys and their values: docs/devices.md.',
  });
}
