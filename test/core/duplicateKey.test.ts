import { expect, test } from 'vitest';
import { duplicateKey } from '../../src/core/duplicateKey.js';

test.each<[string, string | undefined]>([
  ['{"a": 1, "b": {"a": 2}, "c": [{"a": 1}, {"a": 2}]}', undefined],
  ['{"a": 1, "b": 2, "a": 3}', 'a'],
  ['{"o": {"x": "max", "y": 1, "x": "min"}}', 'o.x'],
  ['{"rows": [{"p": 1}, {"p": 1, "q": {"r": 1, "r": 2}}]}', 'rows.q.r'],
  // Values and text that only look like keys; a key written in two ways is one key.
  ['{"a": "b", "c": "a", "d": ["a", "a"], "e": "{\\"a\\": 1, \\"a\\": 2}"}', undefined],
  ['{"a\\"": 1, "a": 2}', undefined],
  ['{"a": 1, "\\u0061": 2}', 'a'],
  ['[]', undefined],
])('%s', (text, expected) => {
  JSON.parse(text);
  expect(duplicateKey(text)).toBe(expected);
});
