import { arch, cpus, platform } from 'node:os';
import { onnxruntimeVersion } from '../engines/onnx/openOnnxRunner.js';
import type { DeviceProfile, Machine } from './DeviceProfile.js';

/** This machine, as far as latencies depend on it. */
export function thisMachine(): Machine {
  return { cpu: cpus()[0]?.model.trim() ?? 'unknown', platform: platform(), arch: arch(), runtime: onnxruntimeVersion };
}

/** True for a profile that was measured on this machine, in this runtime: then predictions can be checked here. */
export function isThisMachine(profile: DeviceProfile): boolean {
  if (profile.kind !== 'measured') return false;
  const here = thisMachine();
  const { cpu, platform: system, arch: set, runtime } = profile.machine;
  return cpu === here.cpu && system === here.platform && set === here.arch && runtime === here.runtime;
}
