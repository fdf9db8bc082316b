import type { ModelSpec } from '../models/ModelSpec.js';
import type { ReportBlock } from './ReportData.js';
import { describe } from '../models/describe.js';

/** Collects the blocks of many architectures, each different one once. */
export class BlockPool {
  readonly blocks: ReportBlock[] = [];
  private readonly indexOf = new Map<string, number>();

  /** Indices of the architecture's blocks, in the order of the data's way through the model. */
  add(spec: ModelSpec): number[] {
    return describe(spec).map((row) => {
      const block: ReportBlock = {
        label: row.block,
        ops: row.ops,
        outputShape: row.outputShape,
        params: row.params,
        macs: row.macs,
      };
      const key = JSON.stringify(block);
      const known = this.indexOf.get(key);
      if (known !== undefined) return known;
      this.indexOf.set(key, this.blocks.length);
      return this.blocks.push(block) - 1;
    });
  }
}
