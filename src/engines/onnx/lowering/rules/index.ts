import { foldConstants } from './foldConstants.js';
import type { NodeRule } from './NodeRule.js';
import { oneReshape } from './oneReshape.js';
import { turnedOperands } from './turnedOperands.js';

/**
 * What onnxruntime's optimiser would do to the graphs that are lowered here. It takes two thirds of a session's creation, most of it to
 * look at the whole graph again after each small change; done as nodes are added, the same costs next to nothing.
 */
export const finalRules: readonly NodeRule[] = [foldConstants, oneReshape, turnedOperands];
