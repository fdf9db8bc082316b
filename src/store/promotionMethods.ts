import { metricsToJson, promotionRow } from './rows.js';
import type { StoreAccess } from './StoreAccess.js';
import type { PromotionRecord, TrialStore } from './types.js';

/** Trials that were distilled in full. */
export function promotionMethods(access: StoreAccess): Pick<TrialStore, 'recordPromotion' | 'promotions'> {
  const { sql } = access;
  return {
    /** Needs no lease: a study may be promoted from while its search goes on. */
    recordPromotion(study: string, promotion: PromotionRecord): void {
      access.transaction(() => {
        const { trial, finishedAt, accuracy, directory } = promotion;
        sql.createPromotion.run(access.idOf(study), trial, finishedAt, metricsToJson(accuracy), directory);
      });
    },

    promotions(study: string): PromotionRecord[] {
      return access.readStudy(study, (id) => sql.promotions.all(id).map((row) => access.parse(promotionRow, row)));
    },
  };
}
