import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { activation, dropPath, expansion, kernel, layerScale, stride, width } from './fields.js';

/** Depthwise, layer norm, expand, activation, project, scale, shortcut; norm and a strided convolution in between. */
export const convnext = defineBlock({
  title: 'ConvNeXt',
  summary: 'large depthwise kernel and an inverted MLP, with a shortcut',
  paper: 'arXiv:2201.03545',
  unnormalised: true,
  fields: {
    width,
    stride,
    kernel: kernel(7),
    expansion: expansion(4),
    activation: activation('gelu'),
    layer_scale: layerScale,
    drop_path: dropPath,
  },
  build(b, input, f) {
    const grid = b.toGrid(input);
    const same = f.stride === 1 && channels(grid) === f.width;
    const x = same ? grid : b.conv(b.layerNorm(grid), f.width, f.stride, f.stride, true);
    const mixed = b.layerNorm(b.depthwise(x, f.kernel, 1, true));
    const inner = Math.max(1, Math.round(f.width * f.expansion));
    const branch = b.conv(b.act(b.conv(mixed, inner, 1, 1, true), f.activation), f.width, 1, 1, true);
    return b.sum(x, b.dropPath(b.layerScale(branch, f.layer_scale), f.drop_path));
  },
});
