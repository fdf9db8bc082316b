/** The machine and the Node that an engine is installed for, or opened on. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  /** Such as `v20.20.2`. */
  readonly node: string;
  /** The highest Node-API version of this Node. */
  readonly nodeApi: number;
  /** Version of the C library on Linux; undefined elsewhere and on Linux with musl. */
  readonly glibc: string | undefined;
}

export function thisHost(): Host {
  return {
    platform: process.platform,
    arch: process.arch,
    node: process.version,
    nodeApi: Number(process.versions.napi ?? 0),
    glibc: glibc(),
  };
}

export const describeHost = (host: Pick<Host, 'platform' | 'arch'>): string => `${host.platform} ${host.arch}`;

let found: { readonly version: string | undefined } | undefined;

/** Node tells it only in its diagnostic report, which takes a few milliseconds. */
function glibc(): string | undefined {
  found ??= { version: process.platform === 'linux' ? reported() : undefined };
  return found.version;
}

function reported(): string | undefined {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return undefined;
  const { header } = report;
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header)) return undefined;
  return String(header.glibcVersionRuntime);
}
