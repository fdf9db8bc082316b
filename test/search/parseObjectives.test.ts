import { describe, expect, it } from 'vitest';
import { parseObjectives } from '../../src/search/parseObjectives.js';
import { studyTargets } from '../../src/search/studyTargets.js';

const targets = (objective: string | string[], devices: string[] = [], budgets: string[] = []) =>
  studyTargets({ objective, devices, budgets });

describe('what a study minimises', () => {
  it('takes one cost, several, and latencies by device; devices that are named are devices of the study', () => {
    expect(targets('bytes').costs).toEqual(['bytes']);
    expect(targets('accuracy,latency@phone,latency@server')).toMatchObject({
      costs: ['latency:phone', 'latency:server'],
      targets: [{ name: 'phone' }, { name: 'server' }],
    });
    expect(targets(['latency:phone', 'bytes', 'macs=minimize']).costs).toEqual(['latency', 'bytes', 'macs']);
    expect(targets('latency').targets).toEqual([{ name: 'local', metric: 'latency' }]);
    expect(targets('latency', [], ['phone:5ms']).costs).toEqual(['latency']);
    expect(targets('latency@server', ['phone'], ['phone:5ms']).costs).toEqual(['latency:server']);
    expect(studyTargets({ devices: [], budgets: ['2Mparams', '1MB'] }).costs).toEqual(['params']);
  });

  it.each([
    ['bytes,bytes', 'objective "bytes" is given twice'],
    ['latency@phone,latency:phone', 'objective "latency:phone" is given twice'],
    ['bytes=minimize,bytes=maximize', 'objectives contradict each other: bytes cannot be maximised and minimised'],
    ['accuracy,accuracy=minimize,bytes', 'objectives contradict each other: accuracy'],
    ['accuracy=minimize,bytes', 'objective "accuracy=minimize" cannot be: accuracy is maximised'],
    ['macs=maximize', 'objective "macs=maximize" cannot be: macs is minimised'],
    ['macs=up', 'objective "macs=up": up is no direction'],
    ['accuracy', 'the only objective is accuracy'],
    ['watts', 'objective "watts" is none of the study\'s costs'],
    ['bytes,,macs', 'objective "" is none'],
    ['bytes,params,macs,memory', '4 costs are more objectives than a search can weigh'],
  ])('refuses %s', (text, message) => {
    expect(() => parseObjectives(text)).toThrow(message);
  });

  it('refuses a latency that does not say whose, and one device by two names', () => {
    expect(() => targets('latency', ['phone', 'server'])).toThrow('objective "latency" does not say of which device');
    expect(() => targets('latency,latency@phone', ['phone'])).toThrow('objective "latency" is given twice');
  });
});
