// Kernels of the native engine that stand for several of tfjs's: TensorFlow has them, with their gradients, as one operator.
import { NasDistillError } from '../../core/errors.js';
import { offerFusedOps } from '../fusedOps.js';
import {
  engine,
  getGradient,
  getBackend,
  mul,
  neg,
  expandDims,
  logSoftmax,
  registerGradient,
  registerKernel,
  reshape,
  tensor1d,
  type GradFunc,
  type KernelFunc,
  type NamedTensorMap,
  type Tensor,
  type TensorInfo,
} from '../tf.js';
import { attribute, tensorflow, tensorflowBackend } from './TensorflowBackend.js';

const normKernel = 'NasDistillFusedBatchNormTraining';
const normGradKernel = 'NasDistillFusedBatchNormGrad';
const crossEntropyKernel = 'NasDistillSoftmaxCrossEntropy';

let registered = false;

/** Adds them to tfjs-node's backend and offers them to the layers and losses; once a thread. Batch norm may be our own instead. */
export function registerFusedKernels({ batchNorm }: { batchNorm: boolean }): void {
  if (registered) return;
  registered = true;
  fuseActivationGradient('Relu');
  fuseActivationGradient('Relu6');
  if (batchNorm) registerBatchNorm();
  registerCrossEntropy();
  offerFusedOps(tensorflowBackend, { softmaxCrossEntropy, ...(batchNorm ? { normaliseBatch } : {}) });
}

/** `ReluGrad(dy, x)` in one pass; tfjs composes mul(dy, step(x)). Gradients are global in tfjs: others keep theirs. */
function fuseActivationGradient(kernelName: 'Relu' | 'Relu6'): void {
  const former = getGradient(kernelName);
  const fused = `${kernelName}Grad`;
  kernel(`NasDistill${fused}`, ({ inputs }) =>
    tensorflow().executeSingleOutput(fused, [attribute.float32('T')], [given(inputs.dy), given(inputs.x)]),
  );
  registerGradient({
    ...former,
    // Input or output of the activation, whichever the former gradient keeps: TensorFlow's operator takes either.
    gradFunc: (dy, saved, attrs) => {
      if (getBackend() !== tensorflowBackend) return former.gradFunc(dy, saved, attrs);
      return { x: () => run(`NasDistill${fused}`, { dy: single(dy), x: saved[0] })[0] };
    },
  });
}

/** FusedBatchNormV3 in training and its gradient, over 4-D tensors with channels last. */
function registerBatchNorm(): void {
  const common = (epsilon: number) => [
    attribute.float32('T'),
    attribute.float32('U'),
    attribute.float('epsilon', epsilon),
    attribute.text('data_format', 'NHWC'),
    attribute.bool('is_training', true),
  ];
  // Outputs: y, mean, variance with Bessel's correction, and what the gradient needs (mean, variance or its inverse root,
  // and a third that only GPUs use).
  kernel(normKernel, ({ inputs, attrs }) => {
    const nothing = tensor1d([], 'float32');
    const outputs = tensorflow().executeMultipleOutputs(
      'FusedBatchNormV3',
      [...common(Number(attrs?.epsilon)), attribute.float('exponential_avg_factor', 1)],
      [given(inputs.x), given(inputs.gamma), given(inputs.beta), nothing, nothing],
      6,
    );
    nothing.dispose();
    return outputs;
  });
  kernel(normGradKernel, ({ inputs, attrs }) =>
    tensorflow().executeMultipleOutputs(
      'FusedBatchNormGradV3',
      common(Number(attrs?.epsilon)),
      [inputs.dy, inputs.x, inputs.gamma, inputs.r1, inputs.r2, inputs.r3].map(given),
      5,
    ),
  );
  registerGradient({
    kernelName: normKernel,
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dy, saved, attrs) => {
      const [x, gamma, r1, r2, r3] = saved;
      const above = Array.isArray(dy) ? dy[0] : dy;
      const epsilon = Number(attrs.epsilon);
      const gradients = run(normGradKernel, { dy: above, x, gamma, r1, r2, r3 }, { epsilon });
      return { x: () => gradients[0], gamma: () => gradients[1], beta: () => gradients[2] };
    },
  });
}

function normaliseBatch(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
): { output: Tensor; mean: Tensor; variance: Tensor } {
  const channels = gamma.size;
  const count = x.size / channels;
  const image = x.rank === 4 ? x : reshape(x, [count, 1, 1, channels]);
  const [y, mean, variance] = run(normKernel, { x: image, gamma, beta }, { epsilon });
  const biased = count > 1 ? mul(variance, (count - 1) / count) : variance;
  return { output: x.rank === 4 ? y : reshape(y, x.shape), mean, variance: biased };
}

/** SoftmaxCrossEntropyWithLogits: the loss of each row, and with it softmax(logits) - targets. */
function registerCrossEntropy(): void {
  kernel(crossEntropyKernel, ({ inputs }) =>
    tensorflow().executeMultipleOutputs(
      'SoftmaxCrossEntropyWithLogits',
      [attribute.float32('T')],
      [given(inputs.logits), given(inputs.targets)],
      2,
    ),
  );
  registerGradient({
    kernelName: crossEntropyKernel,
    inputsToSave: ['logits'],
    outputsToSave: [false, true],
    gradFunc: (dy, saved) => {
      const [logits, slope] = saved;
      const above = expandDims(Array.isArray(dy) ? dy[0] : dy, 1);
      return { logits: () => mul(above, slope), targets: () => mul(above, neg(logSoftmax(logits))) };
    },
  });
}

function softmaxCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return run(crossEntropyKernel, { logits, targets })[0];
}

function kernel(kernelName: string, kernelFunc: KernelFunc): void {
  registerKernel({ kernelName, backendName: tensorflowBackend, kernelFunc });
}

function run(name: string, inputs: NamedTensorMap, attrs: Record<string, number> = {}): Tensor[] {
  const result: Tensor | Tensor[] = engine().runKernel(name, inputs, attrs);
  return Array.isArray(result) ? result : [result];
}

function single(dy: Parameters<GradFunc>[0]): Tensor {
  if (Array.isArray(dy)) throw new NasDistillError('INTERNAL', 'an activation has one output');
  return dy;
}

function given(input: TensorInfo | undefined): TensorInfo {
  if (!input) throw new NasDistillError('INTERNAL', 'a fused kernel was called without one of its inputs');
  return input;
}
