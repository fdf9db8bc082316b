// What `nas-distill engine install` may download: each file by its exact name, size and sha256.

/** One wheel on a Python package index. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

export const tensorflowVersion = '2.21.0';

/** The npm package whose binding is compiled and whose kernels are run; its own install script never is. */
export const tfjsNode = {
  name: '@tensorflow/tfjs-node-gpu',
  version: '4.22.0',
  integrity: 'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
} as const;

/** The Node-API version that the binding is compiled for: every Node that nas-distill runs on has it. */
export const nodeApiVersion = 8;

/** The oldest glibc that the Linux wheels run on. */
export const glibcNeeded = '2.27';

/** Only libraries are taken out of a wheel, so any Python's would do; one is pinned. */
export const pythonOfWheels = { version: '3.12', abi: 'cp312' } as const;

export interface EnginePins {
  /** `tensorflow-cpu` or `tensorflow`. */
  readonly wheels: readonly Wheel[];
  /** What the finished install takes, roughly; the download and the build need as much again for a while. */
  readonly installedBytes: number;
  /** pip's platform tags, the most specific first. */
  readonly tags: readonly string[];
}

const linuxTags = (machine: string) =>
  ['manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux_2_12', 'manylinux2010'].map(
    (tag) => `${tag}_${machine}`,
  );

/** By engine, then by `platform-arch`; what is not here cannot be installed. */
export const pins: Readonly<Record<'native' | 'cuda', Readonly<Record<string, EnginePins>>>> = {
  native: {
    'linux-x64': {
      wheels: [
        tensorflow(
          'tensorflow-cpu',
          'manylinux_2_27_x86_64',
          'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
          274_000_871,
        ),
      ],
      installedBytes: 860e6,
      tags: linuxTags('x86_64'),
    },
    'linux-arm64': {
      wheels: [
        tensorflow(
          'tensorflow',
          'manylinux_2_27_aarch64',
          'd07b15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
          281_946_471,
        ),
      ],
      installedBytes: 900e6,
      tags: linuxTags('aarch64'),
    },
    'darwin-arm64': {
      wheels: [
        tensorflow(
          'tensorflow',
          'macosx_12_0_arm64',
          '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712',
          223_488_205,
        ),
      ],
      installedBytes: 800e6,
      tags: ['macosx_12_0_arm64'],
    },
  },
  cuda: {
    'linux-x64': {
      wheels: [
        tensorflow(
          'tensorflow',
          'manylinux_2_27_x86_64',
          'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
          572_611_111,
        ),
        ...nvidiaWheels(),
      ],
      installedBytes: 6e9,
      tags: linuxTags('x86_64'),
    },
  },
};

function tensorflow(name: string, tag: string, sha256: string, bytes: number): Wheel {
  const file = `${name.replaceAll('-', '_')}-${tensorflowVersion}-cp312-cp312-${tag}.whl`;
  return wheel(name, tensorflowVersion, file, sha256, bytes);
}

/** The libraries that the GPU build loads at run time: what its extra `and-cuda` asks for. */
function nvidiaWheels(): Wheel[] {
  // prettier-ignore
  return [
    wheel('nvidia-cublas-cu12', '12.9.3.13', 'nvidia_cublas_cu12-12.9.3.13-py3-none-manylinux_2_27_x86_64.whl', 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72', 581217458),
    wheel('nvidia-cuda-cupti-cu12', '12.8.90', 'nvidia_cuda_cupti_cu12-12.8.90-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl', 'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182', 10248621),
    wheel('nvidia-cuda-nvcc-cu12', '12.9.86', 'nvidia_cuda_nvcc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl', '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0', 40546229),
    wheel('nvidia-cuda-nvrtc-cu12', '12.9.86', 'nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl', '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4', 89568129),
    wheel('nvidia-cuda-runtime-cu12', '12.9.79', 'nvidia_cuda_runtime_cu12-12.9.79-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl', '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3', 3493179),
    wheel('nvidia-cudnn-cu12', '9.28.0.42', 'nvidia_cudnn_cu12-9.28.0.42-py3-none-manylinux_2_27_x86_64.whl', '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375', 716538495),
    wheel('nvidia-cufft-cu12', '11.4.1.4', 'nvidia_cufft_cu12-11.4.1.4-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl', 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28', 200877592),
    wheel('nvidia-curand-cu12', '10.3.10.19', 'nvidia_curand_cu12-10.3.10.19-py3-none-manylinux_2_27_x86_64.whl', '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e', 68295626),
    wheel('nvidia-cusolver-cu12', '11.7.5.82', 'nvidia_cusolver_cu12-11.7.5.82-py3-none-manylinux_2_27_x86_64.whl', '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88', 338117415),
    wheel('nvidia-cusparse-cu12', '12.5.10.65', 'nvidia_cusparse_cu12-12.5.10.65-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl', '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78', 366465088),
    wheel('nvidia-nccl-cu12', '2.32.3', 'nvidia_nccl_cu12-2.32.3-py3-none-manylinux_2_27_x86_64.whl', 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c', 351526311),
    wheel('nvidia-nvjitlink-cu12', '12.9.86', 'nvidia_nvjitlink_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl', 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9', 39748338),
  ];
}

function wheel(name: string, version: string, file: string, sha256: string, bytes: number): Wheel {
  return { name, version, file, sha256, bytes };
}
