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

test('another sampler or pruner is another study', () => {
  const before = storedSettings(settingsOf(undefined, {}), 'vit');
  const other = (flags: Record<string, unknown>) => () =>
    resumedSettings(stored(before), settingsOf(undefined, flags), flags, true);
  expect(other({ sampler: 'random' })).toThrow(/exists with other settings: sampler is "gp", asked for is "random"/);
  expect(other({ pruner: 'moasha' })).toThrow(/exists with other settings: pruner/);
});
