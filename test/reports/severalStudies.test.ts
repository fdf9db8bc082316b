import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createRng } from '../../src/core/rng.js';
import { buildReportData, type ReportInput } from '../../src/reports/buildReportData.js';
import { axesVolumes, boxOf } from '../../src/reports/client/hypervolumes.js';
import { parseQuery } from '../../src/reports/client/query.js';
import { valueOf } from '../../src/reports/client/quantities.js';
import { createReport } from '../../src/reports/client/Report.js';
import { createSelection, noFilter } from '../../src/reports/client/selection.js';
import { spreadOf } from '../../src/reports/client/spread.js';
import { joinedVerdict, standings } from '../../src/reports/client/studiesTable.js';
import { architectureYaml, commandsOf } from '../../src/reports/client/trialTexts.js';
import { unpackReport } from '../../src/reports/client/unpackReport.js';
import { toYaml } from '../../src/reports/client/yaml.js';
import { estimateCosts } from '../../src/costs/registry.js';
import { readArchitectures } from '../../src/search/readArchitectures.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import type { Architecture } from '../../src/spaces/SearchSpace.js';
import { packReport } from '../../src/reports/packReport.js';
import { hostile, syntheticStudy } from './syntheticStudy.js';

const first = syntheticStudy({ trials: 60, seed: 3, name: 'first' });
const second = syntheticStudy({ trials: 50, seed: 4, name: 'second' });
const report = createReport([first, second].map((input) => buildReportData(input)));
const alone = [first, second].map((input) => createReport(buildReportData(input)));
const axes = { x: 'bytes', y: 'accuracy' } as const;

describe('several studies on one page', () => {
  test('every trial keeps its choices, blocks and front', () => {
    expect(report.data.trials).toHaveLength(110);
    expect(new Set(report.data.trials.map((trial) => trial.key)).size).toBe(110);
    report.data.studies.forEach(({ index }) => {
      const own = alone[index];
      for (const trial of own.data.trials) {
        const merged = report.data.trials.find((t) => t.study === index && t.number === trial.number);
        const choices = (of: typeof report, t: typeof trial) =>
          of.data.choices.flatMap(({ name, values }, i) =>
            t.choices[i] < 0 ? [] : [`${name}=${values[t.choices[i]]}`],
          );
        expect(merged && choices(report, merged).sort()).toEqual(choices(own, trial).sort());
        expect(merged?.blocks.map((i) => report.data.blocks[i])).toEqual(trial.blocks.map((i) => own.data.blocks[i]));
      }
      expect(report.front(axes, index).map((trial) => trial.number)).toEqual(own.front(axes).map((t) => t.number));
    });
    expect(report.nameOf(report.data.trials[0])).toBe('Trial 1 of first');
    expect(alone[0].nameOf(alone[0].data.trials[0])).toBe('Trial 1');
  });

  test('a query and the switches select by study', () => {
    const inSecond = parseQuery('study = second && accuracy > 0.8', report);
    const found = report.data.trials.filter((trial) => inSecond(trial, report.kindOf(trial, axes)));
    expect(found.length).toBeGreaterThan(3);
    expect(found.every((trial) => trial.study === 1 && (trial.accuracy ?? 0) > 0.8)).toBe(true);
    const view = { ...axes, filter: { ...noFilter, hiddenStudies: new Set([0]) } };
    const left = createSelection(report)({ ...firstView, ...view });
    expect(left.count).toBe(50);
  });

  test('the standings name the larger hypervolume, in one box', () => {
    const [a, b] = standings(report, axes);
    expect(joinedVerdict(report, axes).headline).toContain(a.volume > b.volume ? 'first has' : 'second has');
    expect(a.best?.accuracy).toBe(Math.max(...a.students.map((trial) => trial.accuracy)));
  });
});

test.each([
  ['bytes', 'accuracy'],
  ['accuracy', 'macs'],
  ['bytes', 'memory'],
] as const)('hypervolume and front over %s and %s against counting points', (x, y) => {
  const students = report.students.filter((trial) => trial.study === 0);
  const losses = students.map((trial) =>
    [x, y].map((quantity) => {
      if (quantity === 'accuracy') return 1 - trial.accuracy;
      const { low, high } = boxOf(report, quantity);
      return Math.log((valueOf(trial, quantity) ?? NaN) / low) / Math.log(high / low);
    }),
  );
  const rng = createRng('volume');
  const draws = 20_000;
  let inside = 0;
  for (let i = 0; i < draws; i++) {
    const [u, v] = [rng.uniform(), rng.uniform()];
    if (losses.some(([a, b]) => a <= u && b <= v)) inside++;
  }
  expect(axesVolumes(report, students, { x, y }).at(-1)?.volume).toBeCloseTo(inside / draws, 1.9);
  const better = (a: readonly number[], b: readonly number[]) =>
    a[0] <= b[0] && a[1] <= b[1] && (a[0] < b[0] || a[1] < b[1]);
  const expected = students.filter((_, i) => !losses.some((other) => better(other, losses[i])));
  expect(new Set(report.front({ x, y }, 0))).toEqual(new Set(expected));
});

describe('confirmed and measured trials', () => {
  const target = first.trials.findIndex((trial) => trial.state === 'COMPLETE' && trial.origin === 'search');
  const accuracy = first.trials[target].metrics.accuracy;
  const input = {
    ...first,
    trials: first.trials.map((trial, i) =>
      i === target
        ? {
            ...trial,
            repeats: [
              { ...trial.metrics, accuracy: accuracy + 0.03 },
              { ...trial.metrics, accuracy: accuracy - 0.06 },
            ],
            costs: { ...trial.costs, 'latency:phone': 4 },
            measured: { 'latency:phone': 5 },
          }
        : trial,
    ),
  };
  const data = buildReportData(input);
  test('the mean counts, and the spread is the sample standard deviation', () => {
    const trial = createReport(data).data.trials[target];
    expect(trial.accuracy).toBeCloseTo(accuracy - 0.01, 5);
    // Deviations 0.01, 0.04, -0.05: their squares sum to 0.0042, over two.
    expect(spreadOf(trial)).toBeCloseTo(Math.sqrt(0.0021), 4);
    expect(spreadOf(createReport(data).data.trials[target + 1])).toBeNull();
  });
  test('they survive packing, and can be asked for', () => {
    expect(unpackReport(JSON.parse(JSON.stringify(packReport(data))) as ReturnType<typeof packReport>)).toEqual(
      JSON.parse(JSON.stringify(data)),
    );
    const page = createReport(data);
    expect(page.costNames.at(-1)).toBe('latency:phone');
    const numbers = (text: string) =>
      page.data.trials.filter((t) => parseQuery(text, page)(t, 'front')).map((t) => t.number);
    const own = [data.trials[target].number];
    expect(numbers('latency:phone < 4.5')).toEqual(own);
    expect(numbers('measured.latency:phone >= 5')).toEqual(own);
    expect(numbers('runs = 3')).toEqual(own);
  });
});

describe('YAML', () => {
  const samples = [
    { choices: { 'stem.width': 16, 'a b': 'yes', block: 'separable', se: 0.25, none: null, flag: true, text: '12' } },
    { [hostile]: hostile, list: [{ loss: 'kd', options: { temperature: 4 } }, { loss: 'ce' }], empty: [], deep: {} },
    { text: 'a: b # c', dash: '- x', tilde: '~', no: 'No', quoted: '"x"', lines: 'a\nb\n', star: '*a', null: 'null' },
    { rows: [[1, 2], [3]], mixed: [1, 'two', null] },
  ];
  test.each(samples)('reads back as it was: %#', (value) => {
    expect(parse(toYaml(value))).toEqual(value);
  });
  test('a trial’s architecture holds exactly its choices', () => {
    for (const [i, trial] of alone[0].data.trials.entries()) {
      const read: unknown = parse(architectureYaml(trial, alone[0]));
      if (trial.origin !== 'baseline') expect(read).toEqual({ choices: first.trials[i].architecture.choices });
    }
  });
  test('search --enqueue reads it back as the same architecture', () => {
    const space = loadSpace('mobile-cnn');
    const costs = (a: Architecture) =>
      estimateCosts(space.toModelSpec(a, { input: [28, 28, 1], classes: 10 }), 'float32');
    const file = join(mkdtempSync(join(tmpdir(), 'enqueue-')), 'trial.yaml');
    const trial = alone[0].data.trials[10];
    writeFileSync(file, architectureYaml(trial, alone[0]));
    const read = readArchitectures(file, { space, budgets: [], builder: { costs }, seed: 1 });
    expect(read.map((item) => item.choices)).toEqual([first.trials[10].architecture.choices]);
    rmSync(dirname(file), { recursive: true });
  });
  test('a hostile study name stays in its comment and in its quotes', () => {
    const input = syntheticStudy({ trials: 8, name: `evil\nchoices: {}\u2028$(id) ${hostile}` });
    const page = createReport(buildReportData(input));
    const trial = page.data.trials[7];
    expect(parse(architectureYaml(trial, page))).toEqual({ choices: input.trials[7].architecture.choices });
    const [promote, show, again] = commandsOf(trial, page);
    for (const { command } of [promote, show]) expect(command).toContain(`'evil\nchoices`);
    // The script as a shell runs it, but for nas-distill itself: what it writes is what was meant, and nothing else runs.
    const folder = mkdtempSync(join(tmpdir(), 'again-'));
    const said = execFileSync('bash', ['-c', `nas-distill() { printf '%s|' "$@"; }\n${again.command}`], {
      cwd: folder,
    });
    expect(String(said)).toBe(`search|--study-file|study-again.yaml|--enqueue|trial-${trial.number}.yaml|`);
    const written = (name: string): unknown => parse(readFileSync(join(folder, name), 'utf8'));
    expect(written('study-again.yaml')).toMatchObject({
      name: `${input.study.name.slice(0, 58)}-again`,
      data: 'fashion-mnist',
      trials: 1,
    });
    expect(written(`trial-${trial.number}.yaml`)).toEqual({ choices: input.trials[7].architecture.choices });
    rmSync(folder, { recursive: true });
  });
});

test('the verdict over several studies waits for students, and says what is not finished', () => {
  const [finished, young] = [
    syntheticStudy({ trials: 40, name: 'old' }),
    syntheticStudy({ trials: 40, name: 'young', seed: 3 }),
  ];
  const begun = {
    ...young,
    promotions: [],
    trials: young.trials
      .slice(0, 4)
      .map((trial) => ({ ...trial, state: 'RUNNING' as const, metrics: {}, finishedAt: null })),
  };
  const verdict = (...inputs: ReportInput[]) => joinedVerdict(createReport(inputs.map(buildReportData)), axes);
  expect(verdict(begun, finished).headline).toBe('old alone has students yet.');
  expect(verdict(begun, finished).details).toContain('Not finished: young.');
  expect(verdict(begun, begun).headline).toMatch(/^No student/);
  const both = verdict(young, finished);
  expect(both.headline).toMatch(/has the better front/);
  expect(both.details.join(' ')).not.toMatch(/Not finished/);
});

const firstView = {
  selected: null,
  ...axes,
  scale: 'log',
  range: 'front',
  theme: 'light',
  drag: 'select',
  filter: noFilter,
  compared: [],
  over: 'trials',
  page: false,
} as const;
