import { z } from 'zod';
import { NasDistillError } from '../../../core/errors.js';
import { cast, engine, getKernel, type KernelConfig } from '../../tf.js';
import { asTensor } from '../../asTensor.js';

const attributes = z.looseObject({ dtype: z.string().optional() });

/** The backend's OneHot writes integers whatever type is asked for; here the asked type is cast to afterwards. */
export function correctOneHot(): KernelConfig {
  const original = getKernel('OneHot', 'wasm');
  if (!original) throw new NasDistillError('INTERNAL', 'tfjs-backend-wasm has no OneHot');
  return {
    ...original,
    kernelFunc: (call) => {
      const { dtype } = attributes.parse(call.attrs);
      if (dtype === undefined || dtype === 'int32') return original.kernelFunc(call);
      if (dtype !== 'float32') throw new NasDistillError('ENGINE_UNSUPPORTED', `engine wasm has no OneHot of ${dtype}`);
      const hot = original.kernelFunc({ ...call, attrs: { ...call.attrs, dtype: 'int32' } });
      if (Array.isArray(hot)) throw new NasDistillError('INTERNAL', 'OneHot has one output');
      const asInt = engine().makeTensorFromTensorInfo(hot);
      const out = cast(asTensor('OneHot', asInt), 'float32');
      asInt.dispose();
      return out;
    },
  };
}
