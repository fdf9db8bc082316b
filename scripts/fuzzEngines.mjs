// Random architectures of every shipped space, trained for a few steps on each engine and compared with the wasm engine.
//   npm run fuzz:engines -- [--count 200] [--seed 1] [--first 0] [--engines onnx,native] [--log FILE]
// A case is drawn from its seed and number alone: `--seed S --first N --count 1` repeats case S/N. In FILE: what came closest to
// its tolerance in each case. `webgpu` runs over Chromium's software driver where there is no other (slow).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    engines: { type: 'string' },
    log: { type: 'string' },
  },
});
const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');
const software =
  flags.engines?.split(',').includes('webgpu') && existsSync(driver)
    ? {
        LD_LIBRARY_PATH: [chromium, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
        XDG_RUNTIME_DIR: tmpdir(),
        VK_ICD_FILENAMES: process.env.VK_ICD_FILENAMES ?? driver,
      }
    : {};
const vitest = join('node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/engines/fuzz.test.ts'], {
  cwd: fileURLToPath(new URL('../', import.meta.url)),
  stdio: 'inherit',
  env: {
    ...process.env,
    ...software,
    NAS_DISTILL_FUZZ_COUNT: flags.count,
    NAS_DISTILL_FUZZ_SEED: flags.seed,
    NAS_DISTILL_FUZZ_FIRST: flags.first,
    ...(flags.engines === undefined ? {} : { NAS_DISTILL_FUZZ_ENGINES: flags.engines }),
    ...(flags.log === undefined ? {} : { NAS_DISTILL_FUZZ_LOG: flags.log }),
  },
});
process.exit(status ?? 1);
