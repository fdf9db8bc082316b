import { describe, expect, it } from 'vitest';
import { closest } from '../../src/core/closest.js';

const keys = ['epochs', 'trials', 'timeMs', 'trainImages', 'budgets', 'seed', 'space'];

describe('closest', () => {
  it.each([
    ['epoks', 'epochs'],
    ['epoch', 'epochs'],
    ['train-images', 'trainImages'],
    ['TRAIN_IMAGES', 'trainImages'],
    ['time', 'timeMs'],
    ['budget', 'budgets'],
    ['sede', 'seed'],
    ['colour', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%j was meant to be %j', (word, meant) => expect(closest(word, keys)).toBe(meant));
});
