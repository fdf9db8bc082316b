import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

/** What a page is made of. Only the title may come from a study. */
export interface PageParts {
  readonly title: string;
  /** Markup between the body's tags, before the scripts. */
  readonly body: string;
  /** Texts that the page's script reads, by the id of their element; compressed. */
  readonly data: Readonly<Record<string, string>>;
  /** Run at the end of the page. */
  readonly script: string;
  readonly styles: string;
  /** Scripts and styles that the page's script puts in later; admitted by the policy. */
  readonly later?: { readonly scripts: readonly string[]; readonly styles: Readonly<Record<string, string>> };
  /** It may ask the server that it came from. */
  readonly live?: boolean;
}

/** The document and its policy, which a server sends as a header too. */
export interface Page {
  readonly html: string;
  readonly policy: string;
}

/** The frame of every page: its head, and a policy that admits exactly the scripts and styles that are written here. */
export function renderPage({ title, body, data, script, styles, later, live = false }: PageParts): Page {
  const lateStyles = Object.entries(later?.styles ?? {});
  const policy = [
    "default-src 'none'",
    `script-src ${[...(later?.scripts ?? []), script].map(hash).join(' ')}`,
    `style-src ${[styles, ...lateStyles.map(([, text]) => text)].map(hash).join(' ')}`,
    'img-src data: blob:',
    ...(live ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)} · nas-distill</title>
<style>${styles}</style>
${lateStyles.map(([id, text]) => `<style id="${id}">${text}</style>`).join('\n')}
</head>
<body>
${body}
${Object.entries(data)
  .map(([id, encoded]) => `<script type="text/plain" id="${id}">${encoded}</script>`)
  .join('\n')}
<script>${script}</script>
</body>
</html>
`;
  return { html, policy };
}

/** Text as raw DEFLATE in base64, which the page's own script reads back: small, and never markup. */
export function embed(text: string, level = 6): string {
  return deflateRawSync(text, { level }).toString('base64');
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character]);
}

/** A text's digest as a content security policy names it. */
function hash(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
