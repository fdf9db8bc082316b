import type { EngineName } from '../Engine.js';

/** An execution provider of onnxruntime as an engine: the same compiled step on another device. */
export interface Provider {
  readonly engine: EngineName;
  /** What onnxruntime calls it. */
  readonly execution: 'webgpu' | 'cuda' | 'coreml' | 'dml';
  readonly summary: string;
  /** Platforms whose onnxruntime-node can have it. */
  readonly platforms: readonly string[];
  /** What it needs besides the package, and how to get it. */
  readonly install: string;
}

export const providers = [
  {
    engine: 'webgpu',
    execution: 'webgpu',
    summary: 'the compiled step on any GPU through WebGPU (Dawn): --engine webgpu or onnx:webgpu',
    platforms: ['linux', 'darwin', 'win32'],
    install: "on Linux the Vulkan loader (Debian: apt-get install libvulkan1) and the GPU vendor's driver for it",
  },
  {
    engine: 'onnx:cuda',
    execution: 'cuda',
    summary: "the compiled step on an NVIDIA GPU through onnxruntime's CUDA provider",
    platforms: ['linux'],
    install:
      'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false, with CUDA 12 and cuDNN 9 where the linker finds them',
  },
  {
    engine: 'onnx:coreml',
    execution: 'coreml',
    summary: "the compiled step on Apple's hardware through CoreML",
    platforms: ['darwin'],
    install: 'a Mac',
  },
  {
    engine: 'onnx:directml',
    execution: 'dml',
    summary: "the compiled step on any vendor's GPU under Windows through DirectML",
    platforms: ['win32'],
    install: 'Windows 10 or newer with a DirectX 12 GPU',
  },
] as const satisfies readonly Provider[];
