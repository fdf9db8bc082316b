/**
 * The first key that an object of a JSON text gives twice, as a path such as `objectives.accuracy`; undefined if none does.
 * JSON.parse takes the last of them without a word. The text must be JSON.
 */
export function duplicateKey(text: string): string | undefined {
  /** Of each open object its keys, of each open array none. */
  const open: { readonly keys: Set<string> | undefined; last: string }[] = [];
  let pending: string | undefined;
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [word] = match;
    const top = open.at(-1);
    if (word === '{') open.push({ keys: new Set(), last: '' });
    else if (word === '[') open.push({ keys: undefined, last: '' });
    else if (word === '}' || word === ']') open.pop();
    else if (word.startsWith('"')) pending = word;
    else if (word === ':' && top?.keys !== undefined && pending !== undefined) {
      const key = String(JSON.parse(pending));
      if (top.keys.has(key))
        return [...open.slice(0, -1).map(({ last }) => last), key].filter((part) => part !== '').join('.');
      top.keys.add(key);
      top.last = key;
    }
  }
  return undefined;
}
