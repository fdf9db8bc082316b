import { writeFileSync } from 'node:fs';
import { createRng } from '../../src/core/rng.js';

const kinds = {
  animal: ['the cat sleeps', 'a dog barks', 'two birds sing', 'one horse runs'],
  food: ['bread with butter', 'soup of beans', 'an apple pie', 'rice and fish'],
  place: ['a house by water', 'the town square', 'far hills', 'an old bridge'],
} as const;
const filler = ['today', 'often', 'very', 'small', 'near us', 'again', 'quietly', 'for you'];

/** Writes a CSV file of short sentences about three things, in turn, with some words that say nothing. */
export function writeSentences(file: string, count = 360): string {
  const rng = createRng('sentences');
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  const rows = Array.from({ length: count }, (_, i) => {
    const kind = names[i % names.length];
    const words = [rng.pick(filler), rng.pick(kinds[kind]), rng.pick(filler)];
    return `${kind},"${rng.shuffle(words).join(', ')}"`;
  });
  writeFileSync(file, ['label,text', ...rows].join('\n') + '\n');
  return file;
}
