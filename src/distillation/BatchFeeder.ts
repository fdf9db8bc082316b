import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import { epochOrder, fillBatch } from '../data/batches.js';
import { mixOf } from '../data/mixing.js';
import type { HostTensor } from '../engines/Engine.js';
import { fillNoise } from '../models/noise.js';
import type { TrainingStep } from './trainingStep.js';
import type { StudyData } from './TrainingConfig.js';

/** Fills a step's feeds from the shared data, batch by batch; its arrays are allocated once. */
export class BatchFeeder {
  readonly feeds: Record<string, HostTensor> = {};
  private order: Int32Array = new Int32Array(0);
  private readonly indices: Int32Array;

  constructor(
    private readonly data: StudyData,
    private readonly step: TrainingStep,
    private readonly batch: number,
  ) {
    if (step.needsTeacher) checkTeacher(data);
    this.indices = new Int32Array(batch);
    for (const [name, { shape, dtype }] of Object.entries(step.feeds)) {
      const length = shape.reduce((a, b) => a * b, 1);
      this.feeds[name] = { shape, dtype, data: dtype === 'int32' ? new Int32Array(length) : new Float32Array(length) };
    }
  }

  /** @param epoch from 1 @param seed the order is drawn from it */
  startEpoch(epoch: number, seed: string): void {
    this.order = epochOrder(this.data.splits.train.length, seed, epoch);
  }

  /** Sets all feeds of one step. @param scalars those of shape [], by name */
  fill(position: number, view: number, scalars: Readonly<Record<string, number>>, noise: Rng): void {
    const { dataset, splits, normalisation, augmentation, teacher } = this.data;
    const rows = this.order.subarray(position * this.batch, (position + 1) * this.batch);
    rows.forEach((row, i) => {
      this.indices[i] = splits.train[row];
      this.feeds.labels.data[i] = dataset.labels[this.indices[i]];
    });
    fillBatch({
      dataset,
      indices: this.indices,
      start: 0,
      size: this.batch,
      policy: augmentation,
      view,
      pool: splits.train,
      normalisation,
      out: this.feeds.image.data,
    });
    if (Object.hasOwn(this.feeds, 'partner')) this.fillMixedLabels(view);
    for (const [name, value] of Object.entries(scalars)) this.feeds[name].data[0] = value;
    for (const name of this.step.noise) fillNoise(this.feeds[name].data, noise);
    if (!this.step.needsTeacher || !teacher) return;
    copyRows(teacher.logits, teacher.classes, rows, view * teacher.rows, this.feeds.teacher.data);
    for (const tap of this.step.teacherTaps) {
      const { shape, data } = teacher.taps[tap];
      copyRows(
        data,
        shape.reduce((a, b) => a * b, 1),
        rows,
        view * teacher.rows,
        this.feeds[`teacher/${tap}`].data,
      );
    }
  }

  /** Of each image its partner's label, its own share, and the label of the larger part. */
  private fillMixedLabels(view: number): void {
    const { dataset, splits, augmentation } = this.data;
    const [height, width] = dataset.shape;
    const { labels, partner, main, share } = this.feeds;
    this.indices.forEach((image, i) => {
      const mix = mixOf(augmentation, splits.train, [height, width], image, view);
      const other = mix === undefined ? labels.data[i] : dataset.labels[mix.partner];
      partner.data[i] = other;
      share.data[i] = mix?.share ?? 1;
      main.data[i] = mix !== undefined && mix.share < 0.5 ? other : labels.data[i];
    });
  }
}

/** @throws NasDistillError CACHE if the teacher saw other images or views than the student will */
function checkTeacher({ teacher, splits, augmentation }: StudyData): void {
  if (!teacher) return;
  const { rows, views } = teacher;
  if (rows === splits.train.length && views === augmentation.views) return;
  throw new NasDistillError(
    'CACHE',
    `the teacher's outputs have ${rows} rows of ${views} views, the study ${splits.train.length} of ${augmentation.views}`,
  );
}

function copyRows(
  from: Float32Array,
  size: number,
  rows: Int32Array,
  offset: number,
  to: Float32Array | Int32Array,
): void {
  rows.forEach((row, i) => {
    const start = (offset + row) * size;
    to.set(from.subarray(start, start + size), i * size);
  });
}
