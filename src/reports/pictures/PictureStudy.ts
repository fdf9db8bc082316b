import type { Budget } from '../../costs/CostModel.js';
import type { PromotionRecord, StudyRecord, TrialStore, TrialSummary } from '../../store/types.js';
import type { ReportTeacher } from '../ReportData.js';
import { budgetsOf, teacherOf } from '../studyFacts.js';

/** What a picture shows of one study. */
export interface PictureStudy {
  readonly name: string;
  /** Those with a measured accuracy. */
  readonly trials: readonly TrialSummary[];
  readonly teacher: ReportTeacher | null;
  readonly budgets: readonly Budget[];
  readonly promotions: readonly PromotionRecord[];
}

export function pictureStudy(store: TrialStore, study: StudyRecord): PictureStudy {
  return {
    name: study.name,
    trials: store
      .trialSummaries(study.name)
      .filter((trial) => trial.state === 'COMPLETE' && Number.isFinite(trial.metrics.accuracy)),
    teacher: teacherOf(study),
    budgets: budgetsOf(study),
    promotions: store.promotions(study.name),
  };
}
