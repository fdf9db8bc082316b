import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { ProxyGuide, type GuidedCandidate } from '../../src/proxies/ProxyGuide.js';
import { rankProxies } from '../../src/proxies/rankProxies.js';

/** Architectures are numbers; their size is their last digit. */
const candidate = (n: number): GuidedCandidate<number> => ({
  id: String(n),
  architecture: n,
  costs: { macs: n % 10, params: n % 10 },
});

function guideOf(score: (n: number) => number | undefined, said: string[] = []) {
  return new ProxyGuide<number>({
    name: 'guess',
    candidates: 6,
    startup: 5,
    score: (n) => Promise.resolve(score(n)),
    neighbour: (of, rng) => candidate(of.architecture + 10 * rng.int(5)),
    say: (line) => said.push(line),
  });
}

describe('ProxyGuide', () => {
  it('leaves proposals alone until it was judged', async () => {
    const guide = guideOf((n) => n);
    for (const n of [11, 22, 33, 44]) guide.tell(candidate(n), n);
    expect((await guide.refine(candidate(11), createRng('r'))).architecture).toBe(11);
  });

  it('picks the best promised near a proposal while its tau beats those of size', async () => {
    const said: string[] = [];
    const guide = guideOf((n) => n, said);
    for (const n of [19, 28, 37, 46, 55]) guide.tell(candidate(n), n);
    const chosen = await guide.refine(candidate(11), createRng('r'));
    const near = [1, 2, 3, 4, 5].map((i) => 11 + 10 * createRng('r').fork(i).int(5));
    expect(chosen.architecture).toBe(Math.max(11, ...near));
    expect(said).toEqual(['proxy guess: on, its tau over 5 students is 1.00, that of MACs -1.00, of parameters -1.00']);
  });

  it('switches itself off, says so once, and on again', async () => {
    const said: string[] = [];
    const guide = guideOf((n) => (n > 100 ? n : -n), said);
    for (const n of [19, 28, 37, 46, 55]) guide.tell(candidate(n), n);
    for (let i = 0; i < 2; i++) expect((await guide.refine(candidate(11), createRng('r'))).architecture).toBe(11);
    for (let n = 101; n < 140; n++) guide.tell(candidate(n), n);
    await guide.refine(candidate(101), createRng('r'));
    expect(said.map((line) => line.split(',')[0])).toEqual(['proxy guess: off', 'proxy guess: on']);
  });

  it('does not beat size by being size', async () => {
    const guide = guideOf((n) => n % 10);
    for (const n of [11, 22, 33, 44, 55]) guide.tell(candidate(n), n);
    expect((await guide.refine(candidate(11), createRng('r'))).architecture).toBe(11);
  });
});

describe('rankProxies', () => {
  it('puts each next to MACs and parameters and says which beats both', () => {
    const students = Array.from({ length: 12 }, (_, i) => ({
      accuracy: i,
      costs: { macs: i % 6, params: -i },
      scores: { good: i * i, bad: -i, part: i < 4 ? undefined : i, none: undefined },
    }));
    const ranking = rankProxies(students, ['good', 'bad', 'part', 'none'], createRng('r'));
    expect(ranking.map(({ name, beats }) => [name, beats])).toEqual([
      ['macs', null],
      ['params', null],
      ['good', true],
      ['bad', false],
      ['part', true],
      ['none', false],
    ]);
    expect(ranking.find(({ name }) => name === 'part')).toMatchObject({ students: 8, tau: 1 });
    expect(ranking[1].tau).toBe(-1);
  });
});
