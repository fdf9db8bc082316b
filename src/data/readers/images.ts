import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { messageOf } from '../../core/errors.js';
import { dataError, unreadable } from '../dataError.js';
import type { Dataset } from '../Dataset.js';
import type { ReadOptions } from './Reader.js';

/** Is this the name of an image that can be read (PNG or JPEG)? */
export function isImageName(name: string): boolean {
  return /\.(png|jpe?g)$/i.test(name);
}

/** The shape that the images will have: of --size where given, else the one that all of them share. @throws DATA. */
export async function shapeOfImages(files: readonly string[], options: ReadOptions): Promise<Dataset['shape']> {
  let size = options.size;
  let grayscale = true;
  for (const file of files) {
    const head = await headOf(file);
    grayscale &&= head.grayscale;
    size ??= [head.height, head.width];
    if (options.size === undefined && (head.height !== size[0] || head.width !== size[1])) {
      throw dataError(
        `${file} is ${head.height}x${head.width}, but ${files[0]} is ${size.join('x')} (height x width)`,
        'Give --image-size PIXELS: all images are then resized to it.',
      );
    }
  }
  if (size === undefined) throw dataError('there are no images');
  const color = options.color ?? (grayscale ? 'grayscale' : 'rgb');
  return [size[0], size[1], color === 'grayscale' ? 1 : 3];
}

/**
 * Decodes one image as it is seen (turned by its EXIF mark, on black where transparent), resizes it where it differs,
 * and writes height * width * channels bytes into `out`. @throws NasDistillError DATA naming the file.
 */
export async function decodeImage(file: string, [height, width, channels]: Dataset['shape'], out: Uint8Array) {
  const bytes = readBytes(file);
  try {
    // 'warning': a JPEG that is cut short is refused instead of being filled up with gray.
    const image = sharp(bytes, { failOn: 'warning' }).autoOrient().flatten({ background: '#000' });
    const pixels = await image
      .resize(width, height, { fit: 'fill' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer();
    if (pixels.length !== height * width * channels) {
      throw new Error(`decoded to ${pixels.length} bytes, expected ${height * width * channels}`);
    }
    out.set(pixels);
  } catch (error) {
    throw broken(file, error);
  }
}

async function headOf(file: string): Promise<{ height: number; width: number; grayscale: boolean }> {
  const bytes = readBytes(file);
  try {
    const { autoOrient, space } = await sharp(bytes, { failOn: 'warning' }).metadata();
    return { ...autoOrient, grayscale: space === 'b-w' || space === 'grey16' };
  } catch (error) {
    throw broken(file, error);
  }
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function broken(file: string, cause: unknown) {
  const reason = messageOf(cause).split('\n')[0];
  return dataError(`${file} is not a readable PNG or JPEG image: ${reason}`, {
    hint: 'Repair or remove this file.',
    cause,
  });
}
