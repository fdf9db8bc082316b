import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The last file that an install writes. Paths are relative to the engine's folder, or absolute if they lie elsewhere. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  engine: z.enum(['native', 'cuda']),
  installed: z.string(),
  platform: z.string(),
  arch: z.string(),
  /** The Node-API version of the binding: any Node with this one or a higher one can load it. */
  nodeApi: z.number().int(),
  /** The Node that it was compiled on, for the record. */
  node: z.string(),
  compiler: z.string(),
  tfjsNode: z.string(),
  /** Our own operators (`kernelsSource`); absent in installs of before there was a mark. */
  operators: z.string().optional(),
  tensorflow: z.strictObject({
    version: z.string(),
    /** Where the libraries come from: wheels by pip or from an index, or an installed TensorFlow. */
    origin: z.enum(['pip', 'index', 'folder']),
    source: z.string(),
  }),
  parts: z.strictObject({
    binding: z.string(),
    environment: z.string(),
    library: z.string(),
    kernels: z.string(),
    javascript: z.string(),
  }),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.number(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const manifestFile = 'manifest.json';

/** @throws NodeJS.ErrnoException, SyntaxError or ZodError */
export function readManifest(folder: string): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(join(folder, manifestFile), 'utf8')));
}

/** What the engine takes on the disk, in bytes, an installed TensorFlow elsewhere not counted. */
export function bytesOf(manifest: Manifest): number {
  return manifest.files.filter(({ path }) => !path.startsWith('/')).reduce((sum, { bytes }) => sum + bytes, 0);
}
