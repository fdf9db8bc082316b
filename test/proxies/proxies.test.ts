import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, HostTensors } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { memory } from '../../src/engines/tf.js';
import { proxies } from '../../src/proxies/registry.js';
import { linearised } from '../../src/proxies/synflow.js';
import { zicoOf } from '../../src/proxies/zico.js';
import type { ProxyEntry } from '../../src/proxies/ProxyEntry.js';
import { batchOf, probed, rows, smallNet, twoLayers } from './probe.js';

const entries: [string, ProxyEntry][] = Object.entries(proxies);
const engines: Partial<Record<string, Engine>> = {};
beforeAll(async () => {
  for (const name of ['wasm', 'onnx']) engines[name] = await openEngine(name, { threads: 1 });
});
afterAll(() => Object.values(engines).forEach((engine) => engine?.close()));
const engine = (name = 'onnx') => engines[name]!;

describe.each(entries)('contract of %s', (_name, proxy) => {
  it('names its paper and what it is', () => {
    expect(proxy.paper).toMatch(/^arXiv:\d{4}\.\d{5}/);
    expect(proxy.summary.length).toBeGreaterThan(10);
  });

  it('gives the same finite number again, and the same on another engine', async () => {
    const first = await proxy.score(probed(engine(), smallNet(8)));
    expect(Number.isFinite(first)).toBe(true);
    expect(await proxy.score(probed(engine(), smallNet(8)))).toBe(first);
    const other = (await proxy.score(probed(engine('wasm'), smallNet(8)))) ?? NaN;
    expect(Math.abs(other - (first ?? NaN))).toBeLessThan(2e-2 * Math.abs(first ?? NaN) + 1e-6);
  });

  it('tells architectures apart, and first weights', async () => {
    const scores = [];
    for (const [width, seed] of [
      [4, 'a'],
      [8, 'a'],
      [4, 'b'],
    ] as const) {
      scores.push(await proxy.score(probed(engine(), smallNet(width), seed)));
    }
    expect(new Set(scores).size).toBe(3);
  });

  it('keeps no tensor', async () => {
    const before = memory().numTensors;
    await proxy.score(probed(engine('wasm'), twoLayers));
    expect(memory().numTensors).toBe(before);
  });
});

/** The two layers and their losses in float64, written for this test alone. */
function reference(weights: HostTensors, from: number, to: number, against: 'labels' | 'teacher') {
  const batch = batchOf(twoLayers.input);
  const values = Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, [...data]]));
  const softmax = (z: number[]) => {
    const e = z.map((v) => Math.exp(v - Math.max(...z)));
    const total = e.reduce((a, b) => a + b, 0);
    return e.map((v) => v / total);
  };
  const loss = () => {
    let total = 0;
    for (let r = from; r < to; r++) {
      const x = [...batch.image.data.subarray(4 * r, 4 * r + 4)];
      const layer = (input: number[], name: string, units: number) =>
        Array.from({ length: units }, (_, u) =>
          input.reduce((s, v, i) => s + v * values[`${name}/kernel`][i * units + u], values[`${name}/bias`][u]),
        );
      const z = layer(
        layer(x, 'first', 5).map((v) => Math.max(0, v)),
        'second',
        3,
      );
      const aim = against === 'labels' ? batch.targets.data : batch.teacher!.logits.data;
      const wanted = [...aim.subarray(3 * r, 3 * r + 3)];
      if (against === 'labels') {
        softmax(z).forEach((p, c) => (total -= wanted[c] * Math.log(p)));
      } else {
        const q = softmax(wanted.map((v) => v / 4));
        softmax(z.map((v) => v / 4)).forEach((p, c) => (total += 16 * q[c] * Math.log(q[c] / p)));
      }
    }
    return total / (to - from);
  };
  return Object.fromEntries(
    Object.keys(values).map((name) => [
      name,
      values[name].map((value, i) => {
        values[name][i] = value + 1e-5;
        const above = loss();
        values[name][i] = value - 1e-5;
        const below = loss();
        values[name][i] = value;
        return (above - below) / 2e-5;
      }),
    ]),
  );
}

describe('against values computed another way', () => {
  it('grad-norm, kd-grad-norm and snip are those of finite differences', async () => {
    const model = probed(engine(), twoLayers);
    const labels = reference(model.weights, 0, rows, 'labels');
    const taught = reference(model.weights, 0, rows, 'teacher');
    const norm = (g: Record<string, number[]>) => Math.hypot(...Object.values(g).flat());
    expect(await proxies['grad-norm'].score(model)).toBeCloseTo(norm(labels), 4);
    expect(await proxies['kd-grad-norm'].score(model)).toBeCloseTo(norm(taught), 3);
    const kernels = ['first/kernel', 'second/kernel'];
    const saliency = kernels.flatMap((k) => labels[k].map((g, i) => Math.abs(g * model.weights[k].data[i])));
    expect(await proxies.snip.score(model)).toBeCloseTo(
      saliency.reduce((a, b) => a + b, 0),
      4,
    );
  });

  it('synflow of two layers: every layer carries the whole flow R', async () => {
    const model = probed(engine(), twoLayers);
    const abs = (name: string) => [...model.weights[name].data].map(Math.abs);
    const [first, second] = [abs('first/kernel'), abs('second/kernel')];
    let flow = 0;
    for (let i = 0; i < 4; i++)
      for (let h = 0; h < 5; h++) for (let o = 0; o < 3; o++) flow += first[i * 5 + h] * second[h * 3 + o];
    expect(await proxies.synflow.score(model)).toBeCloseTo(Math.log(2 * flow), 4);
  });

  it('synflow keeps gates and leaves norms, noise and other activations out', () => {
    expect(linearised(smallNet(4)).nodes.map((node) => node.name)).toEqual([
      'conv', 'pool', 'gate', 'sigmoid', 'se', 'conv2', 'sum', 'mean', 'logits',
    ]); // prettier-ignore
  });

  it('naswot counts the units that samples switch alike', async () => {
    const model = probed(engine(), twoLayers);
    const { agreement } = await model.outputs();
    const { image } = model.batch;
    const code = Array.from({ length: rows }, (_, r) =>
      Array.from({ length: 5 }, (_, u) => {
        let sum = model.weights['first/bias'].data[u];
        for (let i = 0; i < 4; i++) sum += image.data[4 * r + i] * model.weights['first/kernel'].data[i * 5 + u];
        return sum > 0;
      }),
    );
    const alike = code.flatMap((a) => code.map((b) => a.filter((on, u) => on === b[u]).length));
    expect([...agreement.data]).toEqual(alike);
  });

  it('zico by hand', () => {
    const gradient = (...data: number[]): HostTensors => ({
      k: { shape: [2, 1], dtype: 'float32', data: Float32Array.from(data) },
    });
    // |g| of 1 and 3: mean 2, deviation 1; |g| of 2 and 2 never varies and is left out.
    expect(zicoOf([gradient(1, 2), gradient(-3, -2)], ['k'])).toBeCloseTo(Math.log(2), 12);
  });

  it('diswot is 0, its best, for a student that relates all as the teacher does', async () => {
    const model = probed(engine(), twoLayers);
    const { logits, features } = await model.outputs();
    Object.assign(model.batch, { teacher: { logits, features } });
    expect(await proxies.diswot.score(model)).toBeCloseTo(0, 10);
    expect(await proxies.diswot.score(probed(engine(), twoLayers))).toBeLessThan(-0.1);
  });

  it('says nothing where it has nothing to look at', async () => {
    const plain = {
      ...twoLayers,
      nodes: twoLayers.nodes.map((n) => (n.name === 'second' ? { ...n, inputs: ['first'] } : n)),
    };
    const bare = { ...plain, nodes: plain.nodes.filter((n) => n.name !== 'relu'), taps: {} };
    expect(await proxies.naswot.score(probed(engine(), bare))).toBeUndefined();
    expect(await proxies.diswot.score(probed(engine(), bare))).toBeUndefined();
  });
});
