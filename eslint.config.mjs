import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';

/**
 * The rooms' import table (docs/architecture.md): room -> rooms that it may import. A room may always import itself.
 * Types count too: the picture must stay true for readers, not only for the runtime.
 */
const rooms = {
  core: [],
  engines: ['core'],
  data: ['core', 'engines'],
  models: ['core', 'engines'],
  spaces: ['core', 'models'],
  costs: ['core', 'models', 'engines'],
  devices: ['core', 'engines', 'models', 'spaces', 'costs'],
  tasks: ['core', 'engines', 'data', 'models'],
  teachers: ['core', 'engines', 'data', 'models', 'tasks', 'costs', 'distillation'],
  distillation: ['core', 'engines', 'data', 'models', 'spaces', 'tasks'],
  benchmarks: ['core', 'engines', 'models', 'distillation'],
  samplers: ['core', 'spaces', 'costs'],
  pruners: ['core', 'spaces', 'store'],
  proxies: ['core', 'engines', 'models', 'distillation'],
  inheritance: ['core', 'engines', 'models'],
  blockwise: ['core', 'data', 'engines', 'models', 'distillation', 'spaces'],
  executors: ['core', 'engines', 'models', 'distillation', 'store', 'inheritance'],
  store: ['core', 'models', 'spaces', 'costs'],
  search: [
    'core',
    'costs',
    'data',
    'distillation',
    'engines',
    'executors',
    'inheritance',
    'models',
    'pruners',
    'samplers',
    'spaces',
    'store',
    'teachers',
  ],
  reports: ['core', 'costs', 'models', 'spaces', 'store'],
  dashboard: ['core', 'costs', 'models', 'spaces', 'store', 'reports', 'search'],
  promotion: ['core', 'costs', 'data', 'distillation', 'engines', 'models', 'search', 'spaces', 'store', 'teachers'],
};

const zones = Object.entries(rooms).flatMap(([room, allowed]) =>
  [...Object.keys(rooms), 'cli']
    .filter((other) => other !== room && !allowed.includes(other))
    .map((other) => ({
      target: `./src/${room}`,
      from: `./src/${other}`,
      message: `${room} may not import ${other}: see the import table in docs/architecture.md.`,
    })),
);

/** Engines know nothing of each other: what several of them need lies beside their folders. */
const engines = ['wasm', 'native', 'onnx'];
const engineZones = engines.map((engine) => ({
  target: `./src/engines/${engine}`,
  from: engines.filter((other) => other !== engine).map((other) => `./src/engines/${other}`),
  message: 'engines may not import each other: what both need belongs into src/engines itself.',
}));

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'results', 'reports', 'coverage', '.cache'] },
  ...tseslint.configs.strict,
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: [...zones, ...engineZones] }],
      'import-x/no-cycle': ['error', { maxDepth: 6 }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-imports': 'off',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/engines/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@tensorflow/*', 'onnxruntime-node'],
              message: 'Only the engines room talks to the runtimes: import engines/tf.js.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'import-x/no-restricted-paths': 'off' },
  },
);
