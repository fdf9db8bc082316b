import { InvalidArgumentError } from 'commander';
import { availableCores } from '../core/availableCores.js';

/** Parses a whole number of at least `least` for commander. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < least) {
      throw new InvalidArgumentError(`Give a whole number of ${least} or more.`);
    }
    return value;
  };
}

/** `auto`, or what else is parsed; the parser's own error names both. */
export function autoOr<T>(parse: (text: string) => T): (text: string) => T | 'auto' {
  return (text) => {
    if (text.trim() === 'auto') return 'auto';
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(`Give auto, or ${error.message.replace(/^Give /, '')}`);
    }
  };
}

/** Parses `90s`, `20m`, `1.5h` into milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|min|h)$/i.exec(text.trim());
  if (!match || Number(match[1]) === 0) throw new InvalidArgumentError('Give a duration such as 90s, 20m or 2h.');
  const unit = { s: 1e3, m: 6e4, min: 6e4, h: 3.6e6 }[match[2].toLowerCase()] ?? NaN;
  return Number(match[1]) * unit;
}

/** Parses a number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value === Infinity) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

/** Parses `0.5,0.5,0.5`. */
export function numbers(text: string): number[] {
  const parts = text.split(',');
  const values = parts.map(Number);
  // Number('') is 0.
  if (parts.some((part) => part.trim() === '') || values.some((value) => !Number.isFinite(value)))
    throw new InvalidArgumentError('Give numbers, separated by commas.');
  return values;
}

/** Collects a repeatable flag; each may hold several values separated by commas, and none may be empty. */
export function collect(text: string, before: string[] = []): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidArgumentError('Give one value, or several separated by commas.');
  return [...before, ...parts];
}

/** Cores that this process may use, its control group's quota respected. */
export function cores(): number {
  return availableCores();
}
