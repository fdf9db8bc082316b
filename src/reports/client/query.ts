import { parseValue, resolveField, searchWord, type Field } from './queryFields.js';
import type { Report } from './Report.js';
import type { PageTrial } from './PageData.js';

export type Test = (trial: PageTrial, kind: string) => boolean;

/** What is wrong with a query, and where: `at` counts characters from 0. */
export class QueryError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

interface Token {
  readonly kind: 'word' | 'text' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const longest = 2000;
const comparisons = ['<=', '>=', '==', '!=', '<', '>', '='];

/**
 * Reads a query; nothing of it is ever run as code.
 *
 *     query      = and { ("||" | "or") and }
 *     and        = not { ["&&" | "and"] not }
 *     not        = ("!" | "not") not | "(" query ")" | comparison | word
 *     comparison = operand sign operand [sign operand] | field "in" "(" value { "," value } ")"
 *     sign       = "<" | "<=" | ">" | ">=" | "=" | "==" | "!="
 *
 * A word alone is looked for in the trial's number, state, choices and reason. Words of several parts go in quotes, where a
 * backslash takes the next character as it is.
 * @throws QueryError
 */
export function parseQuery(text: string, report: Report): Test {
  if (text.length > longest) throw new QueryError(`a query has at most ${longest} characters`, longest);
  const tokens = tokenize(text);
  let next = 0;
  const peek = () => tokens[next];
  const take = () => tokens[next++];
  const is = (...texts: string[]) => peek().kind !== 'text' && texts.includes(peek().text.toLowerCase());
  const accept = (...texts: string[]) => is(...texts) && next++ >= 0;
  const expect = (sign: string) => {
    if (!accept(sign)) throw new QueryError(`'${sign}' is missing`, peek().at);
  };

  const either = (): Test => {
    const tests = [both()];
    while (accept('||', 'or')) tests.push(both());
    return tests.length === 1 ? tests[0] : (trial, kind) => tests.some((test) => test(trial, kind));
  };
  const both = (): Test => {
    const tests = [negated()];
    while (peek().kind !== 'end' && !is(')', '||', 'or')) {
      accept('&&', 'and');
      tests.push(negated());
    }
    return tests.length === 1 ? tests[0] : (trial, kind) => tests.every((test) => test(trial, kind));
  };
  const negated = (): Test => {
    if (accept('!', 'not')) {
      const test = negated();
      return (trial, kind) => !test(trial, kind);
    }
    if (accept('(')) {
      const test = either();
      expect(')');
      return test;
    }
    return comparison();
  };
  const operand = (): Token => {
    const token = take();
    if (token.kind === 'end') throw new QueryError('the query ends too early', token.at);
    if (token.kind === 'sign') throw new QueryError(`'${token.text}' is not expected here`, token.at);
    return token;
  };
  const comparison = (): Test => {
    const first = operand();
    if (accept('in')) {
      expect('(');
      const values = [operand()];
      while (accept(',')) values.push(operand());
      expect(')');
      const tests = values.map((value) => compare(first, '=', value));
      return (trial, kind) => tests.some((test) => test(trial, kind));
    }
    if (!is(...comparisons)) return searchWord(first.text, report);
    const sign = take().text;
    const second = operand();
    const left = compare(first, sign, second);
    if (!is(...comparisons)) return left;
    const right = compare(second, take().text, operand());
    return (trial, kind) => left(trial, kind) && right(trial, kind);
  };
  const compare = (a: Token, sign: string, b: Token): Test => {
    const left = fieldOf(a);
    if (left !== null) return testOf(left, sign, b);
    const right = fieldOf(b);
    if (right !== null) return testOf(right, flipped[sign] ?? sign, a);
    throw new QueryError(
      `'${a.text}' is no field; there are accuracy, bytes, params, macs, memory, time, trial, epochs, state and the choices`,
      a.at,
    );
  };
  const fieldOf = (token: Token) => resolveField(token.text, report);

  if (peek().kind === 'end') return () => true;
  const test = either();
  if (peek().kind !== 'end') throw new QueryError(`'${peek().text}' is not expected here`, peek().at);
  return test;
}

const flipped: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

function testOf(field: Field, sign: string, token: Token): Test {
  if (field.kind === 'text' && (sign === '=' || sign === '==' || sign === '!=')) {
    const wanted = token.text.toLowerCase();
    const number = parseValue(token.text, 'count');
    const equal: Test = (trial, kind) =>
      field
        .read(trial, kind)
        .some((value) => value.toLowerCase() === wanted || (number !== null && Number(value) === number));
    return sign === '!=' ? (trial, kind) => !equal(trial, kind) : equal;
  }
  const limit = parseValue(token.text, field.kind === 'text' ? 'count' : field.unit);
  if (limit === null) {
    const example = field.kind === 'number' && field.unit === 'time' ? '90s or 2min' : '0.85, 85% or 2MB';
    throw new QueryError(`'${token.text}' is no number; write it like ${example}`, token.at);
  }
  const holds = holdsFor[sign];
  if (field.kind === 'text')
    return (trial, kind) => field.read(trial, kind).some((value) => holds(Number(value), limit));
  return (trial) => {
    const value = field.read(trial);
    return value !== null && holds(value, limit);
  };
}

/** A missing value is in none of these, so that `x < 1` and `x >= 1` are both false for it. */
const holdsFor: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '=': (value, limit) => value === limit,
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
};

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(&&|\|\||<=|>=|==|!=|[<>=!(),])|([^\s"'<>=!(),&|]+)/sy;
  let at = 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) {
      const open = text[at] === '"' || text[at] === "'";
      throw new QueryError(open ? 'the quote is not closed' : `'${text[at]}' is not expected here`, at);
    }
    const quoted = match[1] ?? match[2];
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replace(/\\(.)/gs, '$1'), at });
    else if (match[3] !== undefined) tokens.push({ kind: 'sign', text: match[3], at });
    else if (match[4] !== undefined) tokens.push({ kind: 'word', text: match[4], at });
    at = pattern.lastIndex;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}
