import { isProxyName, proxies } from '../proxies/registry.js';
import type { ProxyRanking } from './rankStudy.js';
import { table } from './table.js';

/** The ranking as a table, best first, and what follows from it in a line. */
export function describeProxies({ study, students, ranking, milliseconds }: ProxyRanking): string {
  const sorted = [...ranking].sort((a, b) => (b.tau ?? -2) - (a.tau ?? -2));
  const winners = sorted.filter(({ beats }) => beats === true);
  const verdict =
    winners.length === 0
      ? 'No proxy ranks these students better than their MACs and parameters do: --proxy would stay off.'
      : `Better than MACs and parameters: ${winners.map(({ name }) => name).join(', ')}. Try: --proxy ${winners[0].name}`;
  return [
    `study ${study}: Kendall's tau with the accuracy of ${students} students, 95 % bootstrap interval`,
    table(
      [
        { title: 'ranked by' },
        { title: 'tau', align: 'right' },
        { title: 'interval', align: 'right' },
        { title: 'beats size' },
        { title: 'ms a student', align: 'right' },
        { title: 'what it is' },
      ],
      sorted.map(({ name, tau, interval, beats, students: scored }) => [
        name,
        tau === null ? '-' : tau.toFixed(3),
        interval === null ? '-' : interval.map((t) => t.toFixed(2)).join(' to '),
        beats === null ? '' : beats ? 'yes' : 'no',
        name in milliseconds ? milliseconds[name].toFixed(0) : '',
        `${isProxyName(name) ? proxies[name].summary : 'a cost, for comparison'}${scored < students ? ` (${scored} of them)` : ''}`,
      ]),
    ),
    verdict,
  ].join('\n');
}
