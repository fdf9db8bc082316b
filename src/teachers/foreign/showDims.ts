import type { ForeignPort } from '../../engines/foreign/ForeignGraph.js';

/** The sizes of a port's axes, `?` for those that are open. */
export const showDims = ({ dims }: Pick<ForeignPort, 'dims'>): string => dims.map((size) => size ?? '?').join(', ');
