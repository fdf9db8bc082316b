import { expect, test } from 'vitest';
import { teaching } from '../../src/cli/describePromotion.js';

test('says plainly whether the teacher was worth it', () => {
  expect(teaching(0.0123)).toBe('the teacher brought 1.23 points');
  expect(teaching(0)).toBe('the teacher made no difference');
  expect(teaching(-0.0093)).toContain('did not help this student: alone it is 0.93 points better');
});
