import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { emptyBatch, fillBatch } from '../../src/data/batches.js';
import { wordnet } from '../../src/data/catalogue/wordnet.js';
import type { AugmentationPolicy, Dataset } from '../../src/data/Dataset.js';
import { computeNormalisation } from '../../src/data/normalisation.js';
import { openDataset } from '../../src/data/openDataset.js';
import { fullSplits } from '../../src/data/splits.js';
import { openTokenizer } from '../../src/data/text/openTokenizer.js';
import type { TextSamples } from '../../src/data/text/TextSamples.js';
import { countWords, tokenizerOfWords } from '../../src/data/text/wordVocabulary.js';
import { wordsOf } from '../../src/data/text/words.js';
import { tempFolder } from './tempFolder.js';

const { root, write } = tempFolder();
const open = (path: string, options = {}) => openDataset(path, { dataDir: root, ...options });
const data = (text: string) => ({ code: 'DATA', message: expect.stringContaining(text) as string });

/** Lines `label,text`; text i of a class holds a word of its own. */
const lines = (perClass: number) =>
  Array.from({ length: perClass }, (_, i) => [`cat,"the cat, own${i}cat"`, `dog,a dog barks own${1000 + i}dog`])
    .flat()
    .join('\n');
const rowOf = ({ text, shape }: Dataset, index: number) => {
  if (text === undefined) throw new Error('no texts');
  return [...text.tokens.subarray(index * shape[0], (index + 1) * shape[0])];
};
const wordsIn = ({ text }: Dataset): string[] => {
  const { model } = JSON.parse((text as TextSamples).tokenizer) as { model: { vocab: Record<string, number> } };
  return Object.entries(model.vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([word]) => word);
};

describe('CSV of texts', () => {
  test('ids by frequency in the training split; texts are cut and filled up', async () => {
    const set = await open(write('pets.csv', `label,text\n${lines(30)}\n`), { tokens: 4 });
    expect(set).toMatchObject({ name: 'pets', shape: [4], classes: ['cat', 'dog'], count: 60 });
    // 24 training texts a class; what is as frequent is sorted by code units.
    expect(wordsIn(set).slice(0, 9)).toEqual(['[PAD]', '[UNK]', 'cat', 'dog', 'own', ',', 'a', 'barks', 'the']);
    const { train } = fullSplits(set);
    const [first] = [...train].filter((index) => set.labels[index] === 0);
    expect(rowOf(set, first)).toEqual([8, 2, 5, 4]);
    expect(set.text?.unknownShare).toBeCloseTo(0);
  });

  test('the vocabulary holds no word of validation and test', async () => {
    const set = await open(write('split.csv', `label,text\n${lines(30)}\n`), { tokens: 12 });
    const splits = fullSplits(set);
    const known = new Set(wordsIn(set));
    const numberOf = (index: number) => String((index >> 1) + 1000 * (index & 1));
    const seen = new Set([...splits.train].map(numberOf));
    expect([...seen].every((number) => known.has(number))).toBe(true);
    const unseen = [...splits.validation, ...splits.test].map(numberOf).filter((number) => !seen.has(number));
    expect(unseen.length).toBeGreaterThan(0);
    expect(unseen.some((number) => known.has(number))).toBe(false);
    const at = [...splits.test].find((index) => !seen.has(numberOf(index)));
    expect(rowOf(set, at ?? -1)).toContain(1);
  });

  test('columns by header, by number, and the other one of two', async () => {
    const named = write('named.csv', `id,kind,words\n${lines(12).split('\n').map((line, i) => `${i},${line}`).join('\n')}\n`); // prettier-ignore
    const byName = await open(named, { textColumn: 'words', labelColumn: 'kind', tokens: 6 });
    const byNumber = await open(write('bare.csv', lines(12)), { textColumn: '1', tokens: 6 });
    expect(byNumber.count).toBe(24);
    expect(byNumber.digest).toBe(byName.digest);
    const usual = await open(write('usual.csv', `class,text\n${lines(12)}`), { tokens: 6 });
    expect(usual.digest).toBe(byName.digest);
    await expect(open(named, { textColumn: 'word' })).rejects.toMatchObject(data('has no column "word"'));
    await expect(open(named, { textColumn: 'words' })).rejects.toMatchObject(data('holds the label is not clear'));
  });

  test('what decides the ids decides the digest', async () => {
    const file = write('digest.csv', `label,text\n${lines(12)}`);
    const sets = [{}, { tokens: 6 }, { vocabulary: 6 }, { tokens: 6 }].map((options) => open(file, options));
    const [plain, short, few, again] = (await Promise.all(sets)).map(({ digest }) => digest);
    expect(new Set([plain, short, few]).size).toBe(3);
    expect(again).toBe(short);
  });

  test.each([
    ['nothing at all', '', 'is empty'],
    [
      'UTF-16',
      Buffer.from('\uFEFFlabel,text\ncat,mew\n', 'utf16le'),
      'is not UTF-8: it begins with the mark of UTF-16',
    ],
    ['UTF-16 without a mark', Buffer.from('label,text\ncat,mew\n', 'utf16le'), 'byte 2 is 0'],
    ['Latin-1', Buffer.from('label,text\ncat,mew\ncat,café\n', 'latin1'), 'is not UTF-8: line 3 holds the byte 0xe9'],
    ['an empty text', 'label,text\ncat,mew\ncat,\n', 'row 3: the text is empty'],
    ['an empty label', 'label,text\ncat,mew\n,bark\n', 'row 3: the label is empty'],
    ['one class', 'label,text\n' + 'cat,mew\n'.repeat(20), 'one class only'],
    ['too few texts', 'label,text\ncat,mew\ndog,bark\n', 'class "cat" has 1 texts, too few to split'],
    ['no lines', 'label,text\n', 'has a header and no lines'],
  ])('%s: one clear error', async (name, content, message) => {
    const file = write(`bad ${name}.csv`, content);
    await expect(open(file, { textColumn: 'text' })).rejects.toMatchObject(data(message));
  });

  test('options that mean nothing are refused', async () => {
    const texts = write('texts.csv', `label,text\n${lines(12)}`);
    await expect(open(texts, { imageSize: 8, tokens: 4 })).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('--image-size means nothing') as string }); // prettier-ignore
    await expect(open(texts, { coarse: true })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(open(texts, { vocabulary: 9, tokenizer: 'x' })).rejects.toMatchObject(data('has its own vocabulary'));
  });
});

const tricky = [
  'The cat, it SAT -- on 2 mats (café; naïve)',
  '  ﬁne\tｗｉｄｅ №5 x² don’t cafe\u0301 ',
  '日本語 text [UNK] [PAD] ##ing e.g. $5.00',
  'İstanbul ǅ ß ΣΑΣ',
];

describe('tokenizers', () => {
  test('the vocabulary that is written reads the same by @huggingface/tokenizers', async () => {
    const vocabulary = countWords([...tricky, tricky[0]], 40);
    const content = tokenizerOfWords(vocabulary, 16);
    const own = await openTokenizer(content, 'own');
    const theirs = new Tokenizer(JSON.parse(content) as object, {});
    expect(own).toMatchObject({ vocabulary: vocabulary.length, unknown: 1, length: 16 });
    for (const text of [...tricky, 'nothing known here', 'cat']) {
      expect(own.encode(text, 1000), text).toEqual(theirs.encode(text).ids);
    }
    expect(own.encode(tricky[0], 3)).toEqual(theirs.encode(tricky[0]).ids.slice(0, 3));
  });

  test('words are runs of letters and of digits, in lower case', () => {
    expect(wordsOf('Café-2000 isn’t ﬁne')).toEqual(['café', '-', '2000', 'isn', '’', 't', 'fine']);
  });

  /** BERT's form: word pieces between two marks. */
  const bert = (padding: number) => ({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map((content, id) => ({ id: content === '[PAD]' ? padding : id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false })), // prettier-ignore
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true }, // prettier-ignore
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }], pair: [], special_tokens: { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] } } }, // prettier-ignore
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: { '[PAD]': padding, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, the: 4, cat: 5, a: 6, dog: 7, bark: 8, '##s': 9, ',': 10 } }, // prettier-ignore
  });

  test("a teacher's tokenizer: its marks stay where a text is cut", async () => {
    const file = write('bert/tokenizer.json', JSON.stringify(bert(0)));
    const set = await open(write('foreign.csv', `label,text\n${lines(12)}`), { tokenizer: file, tokens: 6 });
    expect(set.text).toMatchObject({ vocabulary: 11, unknown: 1, special: [1, 0, 2, 3] });
    const dog = set.labels.findIndex((label) => label === 1);
    expect(rowOf(set, dog)).toEqual([2, 6, 7, 8, 9, 3]);
    const longer = await open(write('foreign.csv', `label,text\n${lines(12)}`), { tokenizer: file, tokens: 9 });
    expect(rowOf(longer, dog)).toEqual([2, 6, 7, 8, 9, 1, 3, 0, 0]);
    expect(longer.text?.encoding).toBe(set.text?.encoding);
  });

  test('padding of another id changes places with the id 0, once', async () => {
    const file = write('pad/tokenizer.json', JSON.stringify(bert(11)));
    const texts = write('padded.csv', `label,text\n${lines(12)}`);
    const set = await open(texts, { tokenizer: file, tokens: 9 });
    const usual = await open(texts, { tokenizer: write('bert/tokenizer.json', JSON.stringify(bert(0))), tokens: 9 });
    expect(set.text?.tokens).toEqual(usual.text?.tokens);
    expect(set.text?.originalPadding).toBe(11);
    const again = await open(texts, { tokenizer: write('pad/again.json', set.text?.tokenizer ?? ''), tokens: 9 });
    expect(again.digest).toBe(set.digest);
    expect(again.text?.originalPadding).toBeUndefined();
  });

  test('what is no tokenizer is refused', async () => {
    await expect(openTokenizer('{', 'x')).rejects.toMatchObject(data('x is no tokenizer.json'));
    await expect(openTokenizer('{"model":{}}', 'x')).rejects.toMatchObject(data('model.vocab'));
    const strange = { ...bert(0), pre_tokenizer: { type: 'Nothing' } };
    await expect(openTokenizer(JSON.stringify(strange), 'x')).rejects.toMatchObject(data('x cannot be used'));
  });
});

describe('views', () => {
  const policy: AugmentationPolicy = { shift: 0, flip: false, wordDropout: 0.25, views: 3, seed: 5 };

  test('a view shows some words as unknown, the same ones every time; padding and marks stay', async () => {
    const set = await open(write('views.csv', `label,text\n${lines(200)}`), { tokens: 8 });
    const size = set.count;
    const indices = Int32Array.from({ length: size }, (_, i) => i);
    const normalisation = computeNormalisation(set, indices);
    expect(normalisation).toEqual({ mean: [], std: [] });
    const shown = (view: number, of: AugmentationPolicy = policy) => {
      const batch = emptyBatch(set, size);
      fillBatch({ dataset: set, indices, start: 0, size, policy: of, view, normalisation, out: batch.data });
      return batch;
    };
    expect(shown(0)).toMatchObject({ shape: [size, 8], dtype: 'int32' });
    const plain = shown(0, { ...policy, wordDropout: 0 }).data;
    expect([...plain]).toEqual([...(set.text as TextSamples).tokens]);
    let [words, dropped] = [0, 0];
    shown(1).data.forEach((id, i) => {
      if (plain[i] <= 1) return expect(id).toBe(plain[i]);
      words++;
      if (id !== plain[i]) {
        expect(id).toBe(1);
        dropped++;
      }
    });
    expect(dropped / words).toBeCloseTo(0.25, 1);
    expect(shown(1).data).toEqual(shown(4).data);
    expect(shown(1).data).not.toEqual(shown(2).data);
    const mixing = { mixup: 0.2, cutmix: 0, probability: 1 };
    expect(() => shown(0, { ...policy, mixing })).toThrow('texts cannot be mixed');
  });
});

describe('WordNet', () => {
  const file = (part: string, content: string) => ({
    path: `package/dict/data.${part}`,
    content: Buffer.from(content),
  });
  const synset =
    '00001740 02 r 02 a_cappella 0 a_capella 0 000 | without music; used of singing; "they sang a cappella"  \n';

  test('takes the definition and the class of each synset, and refuses another package', () => {
    const parts = ['adj', 'noun', 'verb'].map((part) => file(part, '  1 This software\n'));
    expect(() => wordnet.convert([...parts, file('adv', `  1 This\n${synset}`)])).toThrow('holds 1 synsets');
    expect(() => wordnet.convert([...parts, file('adv', 'nothing | here\n')])).toThrow('line 1 is no synset');
    const whole = wordnet.convert.call({ ...wordnet, trainCount: 1 }, [...parts, file('adv', synset)]);
    expect(whole).toEqual({ texts: ['without music; used of singing'], labels: ['adv.all'] });
    expect(() => wordnet.convert(parts)).toThrow('no file dict/data.adv');
  });
});
