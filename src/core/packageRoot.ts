import { fileURLToPath } from 'node:url';

/** Directory of this package, from `src/` and from `dist/` alike. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));
