import { costNames, type CostName } from '../../costs/CostModel.js';
import type { Report } from './Report.js';
import type { ReportTrial } from '../ReportData.js';

const units: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, '%': 0.01 };

/**
 * Reads the filter line: words that must all occur in the trial's number, state, choices or reason, and comparisons such as
 * `bytes<2MB`, `accuracy>=80%`, `params<1M`, `trial=12`.
 */
export function parseFilter(text: string, report: Report): (trial: ReportTrial, kind: string) => boolean {
  const tests = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => comparison(word) ?? containing(word.toLowerCase(), report));
  return (trial, kind) => tests.every((test) => test(trial, kind));
}

function comparison(word: string): ((trial: ReportTrial) => boolean) | null {
  const match = /^([a-z]+)(<=|>=|<|>|=)([\d.]+)(%|[kmg]?)(?:b|params|macs)?$/i.exec(word);
  if (match === null) return null;
  const [, name, sign, digits, unit] = match;
  const limit = Number(digits) * units[unit.toLowerCase()];
  const read = reader(name.toLowerCase());
  if (read === null) return null;
  return (trial) => {
    const value = read(trial);
    if (value === null) return false;
    if (sign === '<') return value < limit;
    if (sign === '>') return value > limit;
    if (sign === '<=') return value <= limit;
    return sign === '>=' ? value >= limit : value === limit;
  };
}

function reader(name: string): ((trial: ReportTrial) => number | null) | null {
  if (name === 'accuracy') return (trial) => trial.accuracy;
  if (name === 'trial') return (trial) => trial.number;
  const metric = costNames.find((cost: CostName) => cost === name);
  return metric === undefined ? null : (trial) => trial.costs[metric];
}

function containing(word: string, report: Report): (trial: ReportTrial, kind: string) => boolean {
  const { choices } = report.data;
  return (trial, kind) =>
    String(trial.number) === word ||
    kind.includes(word) ||
    trial.state.toLowerCase().includes(word) ||
    trial.origin.includes(word) ||
    (trial.reason ?? '').toLowerCase().includes(word) ||
    choices.some((choice, i) => trial.choices[i] >= 0 && `${choice.name}=${choice.values[trial.choices[i]]}`.toLowerCase().includes(word));
}
