import { readFileSync } from 'node:fs';
import { LineCounter, isMap, isNode, isScalar, parseDocument } from 'yaml';
import { NasDistillError, messageOf, nodeCodeOf } from './errors.js';

/** A YAML file as plain data that still knows its lines. */
export interface YamlFile {
  readonly data: unknown;
  /** Line (from 1) of the key or item at a path, or of the nearest thing around it that exists. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/**
 * Reads a YAML file of settings. `what` names it in messages, as in `study file`.
 * @throws NasDistillError CONFIG for a file that cannot be read or is no YAML, with the line
 */
export function readYamlFile(file: string, what: string): YamlFile {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (nodeCodeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new NasDistillError('CONFIG', `${what} ${file} is not UTF-8`, { hint: 'Save it as UTF-8.', cause: error });
    }
    const why = nodeCodeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(error)}`;
    throw new NasDistillError('CONFIG', `${what} ${file} ${why}`, { hint: 'Check the path.', cause: error });
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  if (document.errors.length > 0) {
    const [error] = document.errors;
    throw new NasDistillError('CONFIG', `${file}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]}`, {
      cause: error,
    });
  }
  return {
    data: document.toJS() ?? {},
    lineOf: (path) => {
      for (let depth = path.length; depth > 0; depth--) {
        // A key's own place, not that of its value, which may begin a line further down.
        const above = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
        const pair = isMap(above)
          ? above.items.find(({ key }) => isScalar(key) && key.value === path[depth - 1])
          : undefined;
        const node = pair?.key ?? document.getIn(path.slice(0, depth), true);
        if (isNode(node) && node.range) return counter.linePos(node.range[0]).line;
      }
      return undefined;
    },
  };
}
