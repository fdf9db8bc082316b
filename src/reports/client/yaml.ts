/** Words that YAML reads as something other than text. */
const meant = /^(true|false|yes|no|on|off|null|y|n|~)$/i;

/**
 * Plain JSON as block-style YAML 1.2. Texts that could be read as anything else, or span lines, are quoted as JSON does,
 * which YAML reads the same.
 */
export function toYaml(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return `${indent}[]`;
    if (value.every((item) => typeof item !== 'object' || item === null))
      return `${indent}[${value.map(scalar).join(', ')}]`;
    return value.map((item) => `${indent}- ${toYaml(item, `${indent}  `).trimStart()}`).join('\n');
  }
  if (typeof value !== 'object' || value === null) return indent + scalar(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return `${indent}{}`;
  return entries
    .map(([name, item]) => {
      const flat = typeof item !== 'object' || item === null || isFlat(item);
      return flat
        ? `${indent}${scalar(name)}: ${toYaml(item).trimStart()}`
        : `${indent}${scalar(name)}:\n${toYaml(item, `${indent}  `)}`;
    })
    .join('\n');
}

/** Written on one line. */
function isFlat(value: object): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item !== 'object' || item === null);
  return Object.keys(value).length === 0;
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null';
  return /^[A-Za-z_][\w./-]*$/.test(value) && !meant.test(value) ? value : JSON.stringify(value);
}
