import { expect, test } from 'vitest';
import { resumedSettings, settingsOf, storedSettings } from '../../src/cli/searchSettings.js';
import { autoSampler } from '../../src/samplers/auto.js';

const stored = (settings: Readonly<Record<string, unknown>>) => ({ name: 's', createdAt: 0, settings, facts: {} });

test('a study stores what auto stood for, and goes on with it', () => {
  const asked = settingsOf(undefined, { budgets: ['8MB'] });
  expect(asked.sampler).toBe('auto');
  const kept = storedSettings(asked, 'vit');
  expect(kept).toMatchObject({ sampler: autoSampler, teacher: 'vit' });
  expect(resumedSettings(stored(kept), asked, {}, false).sampler).toBe(autoSampler);
});

test('a study from before there was auto goes on with its own sampler, without a pruner', () => {
  const old: Record<string, unknown> = { ...settingsOf(undefined, { sampler: 'nsga2' }) };
  delete old.pruner;
  delete old.prunerOptions;
  const asked = settingsOf(undefined, {});
  expect(resumedSettings(stored(old), asked, {}, false)).toMatchObject({ sampler: 'nsga2', pruner: 'none' });
});

test('trials of four epochs and more are pruned; the study stores by what', () => {
  const prunerOf = (epochs: number, given: Readonly<Record<string, unknown>> = {}) =>
    storedSettings(settingsOf(undefined, { epochs, ...given }), 'vit').pruner;
  expect([1, 3, 4, 8].map((epochs) => prunerOf(epochs))).toEqual(['none', 'none', 'moasha', 'moasha']);
  expect([prunerOf(8, { pruner: 'none' }), prunerOf(2, { pruner: 'median' })]).toEqual(['none', 'median']);
  // A study that began without one goes on without one.
  const before = storedSettings(settingsOf(undefined, { epochs: 8, pruner: 'none' }), 'vit');
  const asked = settingsOf(undefined, { epochs: 8 });
  expect(resumedSettings(stored(before), asked, { epochs: 8 }, false).pruner).toBe('none');
});

test('another sampler or pruner is another study', () => {
  const before = storedSettings(settingsOf(undefined, {}), 'vit');
  const other = (flags: Record<string, unknown>) => () =>
    resumedSettings(stored(before), settingsOf(undefined, flags), flags, true);
  expect(other({ sampler: 'random' })).toThrow(/exists with other settings: sampler is "gp", asked for is "random"/);
  expect(other({ pruner: 'moasha' })).toThrow(/exists with other settings: pruner/);
});
