import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { studyConfigSchema } from '../../src/search/StudyConfig.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { runHere } from './runHere.js';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);
function write(name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
}
const run = (...words: string[]) => runHere(['--results', at('results'), ...words]);

const shown = z.object({
  digest: z.string(),
  shape: z.array(z.number()),
  count: z.number(),
  classes: z.array(z.object({ name: z.string() })),
  splits: z.object({ train: z.number(), validation: z.number(), test: z.number() }).nullable(),
});
async function show(path: string, ...flags: string[]) {
  const { stdout, stderr, code } = await run('data', 'show', at(path), ...flags, '--json');
  expect(stderr).not.toContain('nas-distill:');
  expect(code).toBe(0);
  const { classes, ...rest } = shown.parse(JSON.parse(stdout));
  return { ...rest, classes: classes.map(({ name }) => name) };
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'data-cli-'));
  const colours = ['#c01010', '#10c010', '#1010c0'];
  let rows = 'id,photo,species,continent\n';
  for (let i = 0; i < 60; i++) {
    const image = sharp({ create: { width: 12, height: 12, channels: 3, background: colours[i % 3] } });
    write(`photos/${i}.png`, await image.png().toBuffer());
    rows += `${i},photos/${i}.png,${['ape', 'bat', 'cow'][i % 3]},${['asia', 'africa'][i % 2]}\n`;
  }
  write('zoo.csv', rows);
  // Records of CIFAR-100: coarse label, fine label, three planes.
  const record = (coarse: number, fine: number) => Buffer.concat([Buffer.of(coarse, fine), Buffer.alloc(3072, fine)]);
  write('hundred/train.bin', Buffer.concat([...Array(40).keys()].map((i) => record(i % 2, i % 4))));
  write('hundred/test.bin', Buffer.concat([0, 1, 2, 3].map((i) => record(i % 2, i))));
  write('ten/data_batch_1.bin', Buffer.concat([0, 1, 2].map((i) => Buffer.concat([Buffer.of(i), Buffer.alloc(3072)]))));
  for (const part of ['train', 'val', 'test']) {
    for (const label of ['red', 'blue']) {
      for (let i = 0; i < 4; i++) {
        const image = sharp({ create: { width: 12, height: 12, channels: 3, background: label } });
        write(`parts/${part}/${label}/${i}.png`, await image.png().toBuffer());
      }
    }
  }
  storeQuickTeacher(at('results', 'teachers'), { classes: ['africa', 'asia'] });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('options of the data formats on the command line', () => {
  it('reads another column, another colour, and each is other data', async () => {
    const species = await show('zoo.csv', '--label-column', 'species');
    expect(species).toMatchObject({ classes: ['ape', 'bat', 'cow'], shape: [12, 12, 3], count: 60 });
    const continent = await show('zoo.csv', '--label-column', '3', '--path-column', 'photo');
    expect(continent.classes).toEqual(['africa', 'asia']);
    const grey = await show('zoo.csv', '--label-column', 'species', '--color', 'grayscale');
    expect(grey.shape).toEqual([12, 12, 1]);
    const small = await show('zoo.csv', '--label-column', 'species', '--image-size', '6');
    expect(small.shape).toEqual([6, 6, 3]);
    expect(new Set([species, continent, grey, small].map(({ digest }) => digest)).size).toBe(4);
  });

  it('reads the coarse classes of CIFAR-100', async () => {
    const [fine, coarse] = [await show('hundred'), await show('hundred', '--coarse')];
    expect([fine.classes.length, coarse.classes.length]).toEqual([100, 20]);
    expect(fine.digest).not.toBe(coarse.digest);
  });

  it('says where validation and test images come from', async () => {
    const { splits } = await show('parts');
    expect(splits).toEqual({ train: 8, validation: 8, test: 8 });
    const { stdout } = await run('data', 'show', at('parts'));
    expect(stdout).toContain("splits  train 8, validation 8 (the publisher's), test 8 (the publisher's)");
  });

  const refused: [string[], number, RegExp][] = [
    [['zoo.csv'], 6, /zoo\.csv: which column holds the label is not clear.*\n.*--label-column/],
    [['zoo.csv', '--label-column', 'kind'], 6, /zoo\.csv has no column "kind".*\n.*id, photo, species, continent/],
    [['zoo.csv', '--label-column', '4'], 6, /no column "4".*\n.*0 to 3/],
    [['zoo.csv', '--label-column', 'photo', '--path-column', 'photo'], 6, /"photo" cannot be both/],
    [['zoo.csv', '--label-column', 'species', '--path-column', 'id'], 6, /row 2: the image .*0 does not exist/],
    [['zoo.csv', '--label-column', 'species', '--color', 'mauve'], 2, /--color.*mauve.*grayscale, rgb/],
    [['zoo.csv', '--label-column', ''], 2, /--label-column/],
    [['zoo.csv', '--coarse'], 2, /--coarse means nothing for the format CSV.*\n.*CIFAR/],
    [['ten', '--coarse'], 2, /CIFAR-10, which has no coarse classes/],
    [['hundred', '--color', 'rgb'], 2, /--color means nothing for the format CIFAR binary.*\n.*image folder, CSV/],
    [['parts', '--path-column', 'x'], 2, /--path-column means nothing for the format image folder/],
    [['hundred', '--image-size', '16'], 2, /32x32, which are not resized/],
  ];
  for (const [words, code, says] of refused) {
    it(`refuses ${words.join(' ')}`, async () => {
      const ended = await run('data', 'show', at(words[0]), ...words.slice(1));
      expect(ended.stderr).toMatch(says);
      expect(ended.code).toBe(code);
      expect(ended.stdout).toBe('');
    });
  }

  it('are flags of every command that opens data', async () => {
    for (const command of [['search'], ['data', 'show'], ...['train', 'import', 'eval'].map((c) => ['teacher', c])]) {
      const { stdout } = await run(...command, '--help');
      for (const flag of ['--image-size', '--color', '--label-column', '--path-column', '--coarse'])
        expect(stdout, command.join(' ')).toContain(`  ${flag}`);
    }
  });

  it('reach the teacher: trained and evaluated on the asked column', async () => {
    const data = ['--data', at('zoo.csv'), '--label-column', 'continent'];
    const trained = await run(
      'teacher',
      'train',
      'mixer',
      ...data,
      '--color',
      'grayscale',
      '--epochs',
      '1',
      '--name',
      'grey',
      '--json',
    );
    expect(trained.code).toBe(0);
    expect(JSON.parse(trained.stdout)).toMatchObject({ classes: ['africa', 'asia'], input: [12, 12, 1] });
    const same = await run('teacher', 'eval', 'grey', ...data, '--color', 'grayscale', '--json');
    expect(same.code).toBe(0);
    const other = await run('teacher', 'eval', 'grey', ...data);
    expect(other.code).toBe(6);
    expect(other.stderr).toMatch(/its input is 12x12x1, the images are 12x12x3/);
  });

  it('are settings of a study, from its file or from flags, and cannot change under a stored study', async () => {
    const file = at('zoo.yaml');
    write(
      'zoo.yaml',
      `space: minimal\ndata: ${at('zoo.csv')}\nlabelColumn: 3\npathColumn: photo\ncolor: grayscale\nname: zoo\n`,
    );
    const brief = ['--teacher', 'quick', '--trials', '1', '--epochs', '1', '--workers', '1', '--no-report', '--json'];
    const first = await run('search', '--study-file', file, ...brief);
    expect(first.stderr).not.toMatch(/nas-distill:/);
    expect(first.code).toBe(0);
    const changed = await run('search', '--study-file', file, '--label-column', 'species', ...brief);
    expect(changed.stderr).toMatch(/study zoo exists with other settings: labelColumn is "3", asked for is "species"/);
    expect(changed.code).toBe(5);
    const added = await run('search', '--study-file', file, '--image-size', '6', ...brief);
    expect(added.stderr).toMatch(/other settings: imageSize is null, asked for is 6/);
    expect(added.code).toBe(5);
    write('zoo.yaml', `data: ${at('zoo.csv')}\ncolor: mauve\n`);
    const bad = await run('search', '--study-file', file, ...brief);
    expect(bad.stderr).toMatch(/zoo\.yaml:2: color: .*"grayscale"\|"rgb"/);
    expect(bad.code).toBe(2);
  });
});

it('the documented keys of a study file are the real ones', () => {
  const page = readFileSync(new URL('../../docs/study-file.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key);
  expect(documented.sort()).toEqual(Object.keys(studyConfigSchema.shape).sort());
});
