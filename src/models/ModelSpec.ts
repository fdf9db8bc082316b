/**
 * A model as plain data: a graph of layers in topological order with named taps. It is what the search stores, what
 * crosses to the worker threads, what costs are computed from and what the exporters read. Shapes never hold the batch.
 * Images are [height, width, channels]; token sequences are [tokens, channels]; the ids of a text's tokens are [tokens].
 */
export interface ModelSpec {
  /** Shape of one input, without the batch. */
  readonly input: readonly number[];
  /** What one input is: ids of tokens (int32, 0 is padding) instead of an image's values (float32). */
  readonly inputKind?: 'tokens';
  readonly nodes: readonly NodeSpec[];
  /** Name of the node whose output are the logits [classes]. */
  readonly logits: string;
  /** Tap name -> node name, or `node/weights` for attention maps: the places where feature losses look. */
  readonly taps: Readonly<Record<string, string>>;
}

export const activations = [
  'linear',
  'relu',
  'relu6',
  'hard_swish',
  'hard_sigmoid',
  'silu',
  'gelu',
  'sigmoid',
  'tanh',
] as const;
export type Activation = (typeof activations)[number];

export type Padding = 'same' | 'valid';

export interface NodeBase {
  /** Unique within the model; `input` is reserved for the model's input. Letters, digits, `_`, `.`, `-`. */
  readonly name: string;
  /** Names of earlier nodes, or `input`. */
  readonly inputs: readonly string[];
  /** Group of nodes drawn as one block in the report, such as `stage2.block1 (inverted residual k5 e4)`. */
  readonly block?: string;
}

/** One layer. `op` selects the layer; sizes are in elements. */
export type NodeSpec = NodeBase &
  (
    | {
        readonly op: 'conv2d';
        readonly filters: number;
        readonly kernel: number;
        readonly stride: number;
        readonly padding: Padding;
        readonly useBias: boolean;
        /** Steps between a filter's taps, 1 if absent; over 1 only with stride 1. */
        readonly dilation?: number;
        /** Groups of channels that do not see each other, 1 if absent: fewer than channels, and divides them and the filters. */
        readonly groups?: number;
      }
    | {
        readonly op: 'depthwise_conv2d';
        readonly kernel: number;
        readonly stride: number;
        readonly padding: Padding;
        readonly useBias: boolean;
        /** As of `conv2d`. */
        readonly dilation?: number;
      }
    | { readonly op: 'dense'; readonly units: number; readonly useBias: boolean }
    | { readonly op: 'batch_norm'; readonly momentum?: number; readonly epsilon?: number }
    | { readonly op: 'layer_norm'; readonly epsilon?: number }
    | { readonly op: 'activation'; readonly function: Activation }
    | { readonly op: 'add' }
    /** Elementwise with broadcasting of [1, 1, C] over [H, W, C] (squeeze-excite), of a mask [T, 1] over [T, C]. */
    | { readonly op: 'multiply' }
    | { readonly op: 'concat' }
    /**
     * Learnt vector of each token id, zeros for padding: [T] -> [T, width]. With `unknown`, ids from `vocabulary` up are
     * read as that id.
     */
    | { readonly op: 'embedding'; readonly vocabulary: number; readonly width: number; readonly unknown?: number }
    /** 1 where a token is, 0 where padding is: [T] -> [T, 1]. Second input of layers that look across positions. */
    | { readonly op: 'token_mask' }
    /** Convolution along a sequence, stride 1, same padding: [T, C] -> [T, filters]. */
    | { readonly op: 'conv1d'; readonly filters: number; readonly kernel: number; readonly useBias: boolean }
    /** Recurrent layer: [T, C] (and its mask) -> [T, units], or [T, 2 * units] of both directions. */
    | { readonly op: 'lstm' | 'gru'; readonly units: number; readonly bidirectional: boolean }
    /** Largest value over all positions of a sequence (that its mask keeps): [T, C] -> [C]. */
    | { readonly op: 'global_max_pool' }
    /** Mean over all positions (that a mask keeps); [H, W, C] -> [C], or [1, 1, C] with keepDims; [T, C] -> [C]. */
    | { readonly op: 'global_avg_pool'; readonly keepDims?: boolean }
    | {
        readonly op: 'avg_pool' | 'max_pool';
        readonly size: number;
        readonly stride: number;
        readonly padding: Padding;
      }
    | { readonly op: 'reshape'; readonly shape: readonly number[] }
    /** Swaps the axes of a [T, C] sequence: the token-mixing MLP of a Mixer. */
    | { readonly op: 'transpose' }
    /** Bilinear, align_corners false, half-pixel centres. */
    | { readonly op: 'resize'; readonly height: number; readonly width: number }
    /** Prepends one learnt token: [T, C] -> [T + 1, C]. */
    | { readonly op: 'class_token' }
    /** Adds a learnt embedding of each position. */
    | { readonly op: 'position_embedding' }
    /** Multi-head self attention with its q, k, v and output projections; [T, C] (and its mask) -> [T, C]. */
    | { readonly op: 'attention'; readonly heads: number; readonly headSize?: number }
    /** Picks one token: [T, C] -> [C]. */
    | { readonly op: 'take_token'; readonly index: number }
    /** Learnt scale per channel. */
    | { readonly op: 'layer_scale'; readonly init: number }
    | { readonly op: 'dropout'; readonly rate: number }
    /** Stochastic depth: drops the whole branch of a sample. */
    | { readonly op: 'drop_path'; readonly rate: number }
  );

export type LayerOp = NodeSpec['op'];
