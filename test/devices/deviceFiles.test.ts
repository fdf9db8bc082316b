import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createPredictor } from '../../src/devices/createPredictor.js';
import { listDevices, loadDevice, readProfile, saveDevice } from '../../src/devices/deviceFiles.js';
import type { MeasuredProfile } from '../../src/devices/DeviceProfile.js';
import { featureVersion } from '../../src/devices/features.js';
import { isThisMachine, thisMachine } from '../../src/devices/machine.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import { errorOf } from '../errorOf.js';

const dir = mkdtempSync(join(tmpdir(), 'nd-devices-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const measured: MeasuredProfile = {
  format: 1,
  kind: 'measured',
  class: 'cpu',
  title: 'test',
  threads: 1,
  batch: 1,
  features: featureVersion,
  machine: thisMachine(),
  measuredAt: 1,
  referenceMs: 0.1,
  times: { run: 0.01, conv: 0.002 },
  error: { models: 10, within10: 0.9, median: 0.03, p80: 0.06, tau: 0.95 },
  load: { repeated: 0, disturbed: 0 },
};

test('every shipped profile is valid, has figures with sources and predicts the shipped CNN', () => {
  const shipped = listDevices('');
  expect(shipped.map(({ name }) => name)).toEqual(expect.arrayContaining(['phone-cpu', 'server-gpu', 'edge-tpu']));
  const space = loadSpace('mobile-cnn');
  const spec = space.toModelSpec(space.reference, { input: [28, 28, 1], classes: 10 });
  for (const { file, name } of shipped) {
    const profile = readProfile(file);
    if (profile.kind !== 'roofline') throw new Error(`${name} is no roofline`);
    const ms = createPredictor(name, profile, 'int8' in profile.gmacs ? 'int8' : 'float32').predict(spec);
    expect(ms, name).toBeGreaterThan(0.01);
    expect(ms, name).toBeLessThan(100);
  }
  expect(loadDevice('phone', '')).toEqual(loadDevice('phone-cpu', ''));
});

test('a measured profile is read back as it was saved, and is this machine', () => {
  const file = saveDevice('local', measured, dir);
  expect(loadDevice('local', dir)).toEqual(measured);
  expect(loadDevice(file, '')).toEqual(measured);
  expect(listDevices(dir).at(-1)).toMatchObject({ name: 'local', shipped: false });
  expect(isThisMachine(measured)).toBe(true);
  expect(isThisMachine({ ...measured, machine: { ...measured.machine, cpu: 'another' } })).toBe(false);
});

test('profiles of another version are refused, saying which and what to do', () => {
  const file = join(dir, 'old.json');
  writeFileSync(file, JSON.stringify({ ...measured, format: 7 }));
  expect(errorOf(() => readProfile(file))).toMatchObject({
    code: 'CONFIG',
    message: `device profile ${file} is of format 7, this version reads format 1`,
    hint: 'Measure the device again with: nas-distill device measure',
  });
  writeFileSync(file, JSON.stringify({ ...measured, features: featureVersion + 1 }));
  expect(errorOf(() => readProfile(file)).message).toContain('another version of the model');
});

test('a wrong profile is refused with its line and key', () => {
  const file = join(dir, 'wrong.yaml');
  const shipped = readFileSync(listDevices('')[0].file, 'utf8');
  writeFileSync(file, shipped.replace(/bandwidth: .*/, 'bandwidth: fast'));
  const line = shipped.split('\n').findIndex((text) => text.startsWith('bandwidth')) + 1;
  expect(errorOf(() => readProfile(file)).message).toMatch(new RegExp(`wrong\\.yaml:${line}: bandwidth: `));
  writeFileSync(file, shipped.replace('attention', 'attenshun'));
  expect(errorOf(() => readProfile(file)).message).toContain('is no kind of layer');
  writeFileSync(file, '{ "format": 1 ');
  expect(errorOf(() => readProfile(file)).code).toBe('CONFIG');
});

test('names: unknown ones are met with near ones, shipped ones are not overwritten', () => {
  expect(errorOf(() => loadDevice('edge-tpo', dir)).hint).toContain('Did you mean edge-tpu?');
  expect(errorOf(() => loadDevice('local', join(dir, 'none'))).hint).toContain('nas-distill device measure');
  expect(errorOf(() => saveDevice('phone-cpu', measured, dir)).code).toBe('USAGE');
  expect(errorOf(() => saveDevice('../evil', measured, dir)).code).toBe('USAGE');
});
