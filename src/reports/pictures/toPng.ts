import sharp from 'sharp';
import { NasDistillError } from '../../core/errors.js';

/**
 * An SVG as PNG, by librsvg in sharp.
 * @param scale pixels of the PNG for one of the SVG
 * @throws NasDistillError ENGINE_MISSING where the system has no font: the picture would come without its words
 */
export async function toPng(svg: string, scale: number): Promise<Buffer> {
  await requireFont();
  return sharp(Buffer.from(svg), { density: 72 * scale })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Draws two letters: without a font they come out as the same box, or not at all. */
async function requireFont(): Promise<void> {
  const [a, b] = await Promise.all(['i', 'M'].map(drawn));
  if (!a.equals(b)) return;
  throw new NasDistillError('ENGINE_MISSING', 'this system has no font to draw a PNG with', {
    hint: 'Install one (such as fonts-dejavu-core), or take --format svg, which any browser or editor draws.',
  });
}

function drawn(letter: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text x="8" y="30" font-size="24" font-family="sans-serif">${letter}</text></svg>`;
  return sharp(Buffer.from(svg)).raw().toBuffer();
}
