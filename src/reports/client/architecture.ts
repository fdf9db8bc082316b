import { formatCount } from '../../core/units.js';
import type { ReportBlock } from '../ReportData.js';
import { s } from './dom.js';

const width = 340;
/** A lane at the right is left for the arcs of residual connections. */
const boxWidth = width - 12;
/** Of a block whose layers fit one line. */
const blockHeight = 58;
const lineHeight = 12;
const gap = 22;

/** The architecture top-down, one box a block: label, layers, output shape, parameters and MACs with their shares. */
export function architecture(blocks: readonly ReportBlock[]): SVGSVGElement {
  const mostMacs = Math.max(1, ...blocks.map((block) => block.macs));
  const mostParams = Math.max(1, ...blocks.map((block) => block.params));
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
    const lines = linesOf(block);
    parts.push(box(block, lines, y, mostMacs, mostParams));
    y += lines.height + 6;
  }
  return s(
    'svg',
    {
      class: 'architecture',
      viewBox: `0 0 ${width} ${y + 4}`,
      role: 'img',
      'aria-label': `${blocks.length} blocks: ${blocks.map((block) => block.label).join(', ')}`,
    },
    ...parts,
  );
}

/** The texts of a box, as they fit its width. */
interface BoxLines {
  readonly kind: string;
  readonly place: string;
  /** Beside the kind, else beside the layers. */
  readonly placeAbove: boolean;
  readonly ops: readonly string[];
  readonly height: number;
}

function linesOf(block: ReportBlock): BoxLines {
  const { place: all, kind } = splitLabel(block.label);
  const place = clip(all, 18);
  const room = boxWidth - 32;
  // Widths of characters as they are drawn, generously.
  const [bold, small, ops] = [7.3, 5.7, 5.5];
  const placeWidth = place.length * small + (place === '' ? 0 : 10);
  const placeAbove = kind.length * bold + placeWidth <= room;
  const first = Math.floor((placeAbove ? room : room - placeWidth) / ops);
  const wrapped = wrap(summary(block.ops), first, Math.floor(room / ops));
  return {
    kind: clip(kind, Math.floor(room / bold)),
    place,
    placeAbove,
    ops: wrapped,
    height: blockHeight + (wrapped.length - 1) * lineHeight,
  };
}

function box(block: ReportBlock, lines: BoxLines, y: number, mostMacs: number, mostParams: number): SVGElement {
  const { kind, place, placeAbove, ops, height } = lines;
  const bar = (row: number, share: number, name: string) =>
    s('rect', {
      class: `share ${name}`,
      x: 20,
      y: height - 5 + row * 2.5,
      width: Math.max(0, (boxWidth - 30) * share),
      height: 1.8,
      rx: 0.9,
    });
  const skip = block.ops.some((op) => op.startsWith('add'));
  const numbers = block.params === 0 ? 'no parameters' : `${formatCount(block.params)} params`;
  return s(
    'g',
    { class: 'block', transform: `translate(1 ${y})` },
    s(
      'title',
      {},
      `${block.label}\n${block.ops.join(' → ')}\noutput ${shapeText(block.outputShape)}\n${block.params} parameters, ${block.macs} MACs`,
    ),
    s('rect', { class: 'frame', width: boxWidth, height, rx: 7 }),
    s('rect', { class: `kind hue${hueOf(kind)}`, width: 4, height: height - 14, x: 8, y: 7, rx: 2 }),
    s('text', { class: 'label', x: 20, y: 20 }, kind),
    s('text', { class: 'place', x: boxWidth - 10, y: placeAbove ? 20 : 34, 'text-anchor': 'end' }, place),
    ...ops.map((text, i) => s('text', { class: 'ops', x: 20, y: 34 + i * lineHeight }, text)),
    s('text', { class: 'shape', x: 20, y: height - 11 }, shapeText(block.outputShape)),
    s(
      'text',
      { class: 'numbers', x: boxWidth - 10, y: height - 11, 'text-anchor': 'end' },
      `${numbers} · ${formatCount(block.macs)} MACs`,
    ),
    bar(0, block.params / mostParams, 'params'),
    bar(1, block.macs / mostMacs, 'macs'),
    skip ? s('path', { class: 'skip', d: `M${boxWidth} 10h7v${height - 20}h-5m3.5 -3l-3.5 3l3.5 3` }) : null,
  );
}

/** One or two lines, broken between layers; the second is cut. */
function wrap(text: string, first: number, second: number): string[] {
  if ([...text].length <= first) return [text];
  const parts = text.split(' · ');
  let count = 1;
  while (count < parts.length && `${parts.slice(0, count + 1).join(' · ')} ·`.length <= first) count++;
  if (count === parts.length) return [clip(text, first)];
  return [`${parts.slice(0, count).join(' · ')} ·`, clip(parts.slice(count).join(' · '), second)];
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
