import { formatCount } from '../../core/units.js';
import type { ReportBlock } from '../ReportData.js';
import { s } from './dom.js';

const width = 340;
/** A lane at the right is left for the arcs of residual connections. */
const boxWidth = width - 12;
const blockHeight = 58;
const gap = 22;

/** The architecture top-down, one box a block: label, layers, output shape, parameters and MACs with their shares. */
export function architecture(blocks: readonly ReportBlock[]): SVGSVGElement {
  const mostMacs = Math.max(1, ...blocks.map((block) => block.macs));
  const mostParams = Math.max(1, ...blocks.map((block) => block.params));
  const height = 26 + blocks.length * (blockHeight + gap) + 8;
  const parts: SVGElement[] = [s('text', { class: 'end', x: boxWidth / 2, y: 12, 'text-anchor': 'middle' }, 'input')];
  let y = 24;
  let side: number | null = null;
  for (const block of blocks) {
    const shape = block.outputShape;
    const now = shape.length === 3 ? shape[0] : null;
    const shrinks = side !== null && now !== null && now < side ? ` ${side} → ${now}` : '';
    parts.push(s('path', { class: 'arrow', d: `M${boxWidth / 2} ${y - 4}v${gap - 8}m-3.5 -4.5l3.5 4.5l3.5 -4.5` }));
    if (shrinks !== '')
      parts.push(s('text', { class: 'shrink', x: boxWidth / 2 + 10, y: y + gap / 2 - 1 }, shrinks.trim()));
    side = now;
    y += gap - 6;
    parts.push(box(block, y, mostMacs, mostParams));
    y += blockHeight + 6;
  }
  return s(
    'svg',
    {
      class: 'architecture',
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `${blocks.length} blocks: ${blocks.map((block) => block.label).join(', ')}`,
    },
    ...parts,
  );
}

function box(block: ReportBlock, y: number, mostMacs: number, mostParams: number): SVGElement {
  const { place, kind } = splitLabel(block.label);
  const bar = (row: number, share: number, name: string) =>
    s('rect', {
      class: `share ${name}`,
      x: 20,
      y: blockHeight - 5 + row * 2.5,
      width: Math.max(0, (boxWidth - 30) * share),
      height: 1.8,
      rx: 0.9,
    });
  const skip = block.ops.some((op) => op.startsWith('add'));
  return s(
    'g',
    { class: 'block', transform: `translate(1 ${y})` },
    s(
      'title',
      {},
      `${block.label}\n${block.ops.join(' → ')}\noutput ${shapeText(block.outputShape)}\n${block.params} parameters, ${block.macs} MACs`,
    ),
    s('rect', { class: 'frame', width: boxWidth, height: blockHeight, rx: 7 }),
    s('rect', { class: `kind hue${hueOf(kind)}`, width: 4, height: blockHeight - 14, x: 8, y: 7, rx: 2 }),
    s(
      'text',
      { class: 'label', x: 20, y: 20 },
      clip(kind, Math.floor((boxWidth - 36 - 5.3 * Math.min(18, [...place].length)) / 7.6)),
    ),
    s('text', { class: 'place', x: boxWidth - 10, y: 20, 'text-anchor': 'end' }, clip(place, 18)),
    s('text', { class: 'ops', x: 20, y: 34 }, clip(summary(block.ops), 52)),
    s('text', { class: 'shape', x: 20, y: 47 }, shapeText(block.outputShape)),
    s(
      'text',
      { class: 'numbers', x: boxWidth - 10, y: 47, 'text-anchor': 'end' },
      `${formatCount(block.params)} params · ${formatCount(block.macs)} MACs`,
    ),
    bar(0, block.params / mostParams, 'params'),
    bar(1, block.macs / mostMacs, 'macs'),
    skip ? s('path', { class: 'skip', d: `M${boxWidth} 10h7v${blockHeight - 20}h-5m3.5 -3l-3.5 3l3.5 3` }) : null,
  );
}

/** `stage2.block1 (inverted residual k5 e4)`: the place and the kind; a label without a kind is its own. */
function splitLabel(label: string): { place: string; kind: string } {
  const match = /^(.*?)\s*\((.*)\)$/s.exec(label);
  if (match === null) return { place: '', kind: label };
  const [, place, kind] = match;
  // A kind of sizes only, such as a head's `256`, needs its place to be read.
  return /^\d/.test(kind) ? { place: '', kind: `${place} ${kind}` } : { place, kind };
}

/** Layers in order; repeated ones once with their count. */
function summary(ops: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const op of ops) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].map(([op, count]) => (count > 1 ? `${op} ×${count}` : op)).join(' · ');
}

function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? '' : shape.join(' × ');
}

function clip(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}

/** Equal words at the start of a kind give equal hues. */
function hueOf(kind: string): number {
  const word = kind.replace(/[\s\d].*$/s, '');
  let sum = 0;
  for (const character of word) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 997;
  return sum % 6;
}
