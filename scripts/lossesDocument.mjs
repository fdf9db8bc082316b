// Writes docs/losses.md from the registries; test/distillation/lossesDocument.test.ts fails where the two differ.
// Build first: npm run build && node scripts/lossesDocument.mjs
import { writeFileSync } from 'node:fs';
import { lossesDocument } from '../dist/distillation/lossesDocument.js';

writeFileSync(new URL('../docs/losses.md', import.meta.url), lossesDocument());
