import type { Dataset } from './Dataset.js';
import { placeOf } from './keptSamples.js';
import { encodePng } from './png.js';
import { openDecoder } from './text/openDecoder.js';

/** Pictures are at most this wide and high, in pixels. */
const mostPixels = 48;
/** Texts are cut behind this many characters. */
const mostCharacters = 400;

/** How a sample is shown; nothing for what is no picture of one, three or four channels. */
export interface SampleView {
  /** A small PNG as data URI. */
  readonly image?: string;
  /** The text as a model reads it: what was cut or is unknown to it is missing. */
  readonly text?: string;
}

/** Shows samples of a data set by their index in it. */
export async function sampleViewer(dataset: Dataset): Promise<(index: number) => SampleView> {
  const { text, images, shape } = dataset;
  if (text !== undefined) {
    const decode = await openDecoder(text);
    const [tokens] = shape;
    return (index) => {
      const place = placeOf(dataset, index);
      const words = decode(text.tokens.subarray(place * tokens, (place + 1) * tokens));
      return { text: words.length > mostCharacters ? `${words.slice(0, mostCharacters)}…` : words };
    };
  }
  const [height, width, channels] = shape;
  if (shape.length !== 3 || ![1, 3, 4].includes(channels)) return () => ({});
  const size = height * width * channels;
  return (index) => {
    const place = placeOf(dataset, index);
    const small = shrunk(images.subarray(place * size, (place + 1) * size), height, width, channels);
    return {
      image: `data:image/png;base64,${encodePng(small.pixels, small.height, small.width, channels).toString('base64')}`,
    };
  };
}

/** Means over squares of pixels, of a whole number of them, where an image is too large. */
function shrunk(pixels: Uint8Array, height: number, width: number, channels: number) {
  const by = Math.ceil(Math.max(height, width) / mostPixels);
  if (by <= 1) return { pixels, height, width };
  const [h, w] = [Math.max(1, Math.floor(height / by)), Math.max(1, Math.floor(width / by))];
  const [cellHeight, cellWidth] = [Math.min(by, height), Math.min(by, width)];
  const out = new Uint8Array(h * w * channels);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let dy = 0; dy < cellHeight; dy++) {
          for (let dx = 0; dx < cellWidth; dx++) sum += pixels[((y * by + dy) * width + x * by + dx) * channels + c];
        }
        out[(y * w + x) * channels + c] = Math.round(sum / (cellHeight * cellWidth));
      }
    }
  }
  return { pixels: out, height: h, width: w };
}
