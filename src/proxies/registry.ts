import { diswot } from './diswot.js';
import { gradNorm } from './gradNorm.js';
import { jacobCov } from './jacobCov.js';
import { kdGradNorm } from './kdGradNorm.js';
import { naswot } from './naswot.js';
import type { ProxyEntry } from './ProxyEntry.js';
import { snip } from './snip.js';
import { synflow } from './synflow.js';
import { zico } from './zico.js';

/** Every zero-cost proxy. A new one is one file and one line here. */
export const proxies = {
  synflow,
  snip,
  'grad-norm': gradNorm,
  naswot,
  'jacob-cov': jacobCov,
  zico,
  diswot,
  'kd-grad-norm': kdGradNorm,
} satisfies Record<string, ProxyEntry>;
export type ProxyName = keyof typeof proxies;

export function isProxyName(name: string): name is ProxyName {
  return Object.hasOwn(proxies, name);
}
