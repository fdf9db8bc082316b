import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import { packageRoot } from '../core/packageRoot.js';

/**
 * Joins an ES module that tsc emitted and the modules that it imports into one classic script: every module becomes a
 * function that returns its exports. Knows the forms that this project's client uses (named imports and exports of
 * declarations); anything else is an error, not a guess.
 */
export function bundleModules(entry: string): string {
  const ids = new Map<string, string>();
  const parts: string[] = [];
  const open = new Set<string>();
  const add = (file: string): string => {
    const known = ids.get(file);
    if (known !== undefined) return known;
    if (open.has(file)) throw new NasDistillError('INTERNAL', `cycle of modules through ${file}`);
    open.add(file);
    const exported: string[] = [];
    const body = read(file)
      .replace(/^\/\/# sourceMappingURL=.*$/m, '')
      .replace(/^\/\/\/ <reference .*$/gm, '')
      .replace(/^import \{([^}]*)\} from '(\.[^']*)';$/gm, (_all, names: string, from: string) => {
        const id = add(join(dirname(file), from));
        return `const {${names.replace(/\bas\b/g, ':').replace(/(\w+) : /g, '$1: ')}} = ${id};`;
      })
      .replace(/^export ((?:async )?function\*?|const|let|class) (\w+)/gm, (_all, kind: string, name: string) => {
        exported.push(name);
        return `${kind} ${name}`;
      })
      .replace(/^export \{\};$/m, '');
    const left = /^(import|export)\b.*$/m.exec(body);
    if (left !== null) throw new NasDistillError('INTERNAL', `cannot bundle \`${left[0]}\` of ${file}`);
    const id = `m${ids.size}`;
    ids.set(file, id);
    parts.push(
      `// ${relative(packageRoot, file)}\nconst ${id} = (() => {\n${body}\nreturn { ${exported.join(', ')} };\n})();`,
    );
    return id;
  };
  add(entry);
  return `(() => {\n'use strict';\n${parts.join('\n')}\n})();`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new NasDistillError('INTERNAL', `the report's client script ${file} is missing`, {
      hint: 'Run `npm run build`: the page is made of compiled files.',
      cause,
    });
  }
}

/** A page's own script, from the build: sources are not what a browser runs. `room` is the one whose client it is. */
export function clientScript(room = 'reports', entry = 'main'): string {
  return bundleModules(join(packageRoot, 'dist', room, 'client', `${entry}.js`));
}
