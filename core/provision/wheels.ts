/**
 * The pinned wheels an engine is made of, and exactly which of their files are taken: an archive never names a file we
 * write.
 *
 * TensorFlow's wheels bring the C library (`libtensorflow_cc.so.2` holds the whole C API) and its headers. The GPU
 * build looks for NVIDIA's libraries in `$ORIGIN/../nvidia/<component>/lib` (its RUNPATH), which is where they are put
 * beside `lib/`. Versions of NVIDIA's wheels are what pip resolves for `tensorflow[and-cuda]`; CUDA 12.9 and cuDNN 9.28
 * know every GPU from Pascal to Blackwell.
 */
import type { EngineDevice } from '../../contract/engine.ts';

export const TF_VERSION = '2.21.0';

/** NVIDIA's oldest driver for CUDA 12 (CUDA compatibility guide, minor-version compatibility). */
export const OLDEST_GPU_DRIVER = '525.60.13';

/** One file of a wheel and where it goes, relative to the engine's folder. */
export interface WheelMember {
  readonly from: string;
  readonly to: string;
  readonly executable?: true;
}

export interface Wheel {
  /** The project's name as pip takes it. */
  readonly project: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Of the members together, once unpacked. */
  readonly unpackedBytes: number;
  readonly members: readonly WheelMember[];
}

/** What the binding's sources include, followed to the end. */
const HEADERS = [
  'tensorflow/c/c_api.h',
  'tensorflow/c/c_api_macros.h',
  'tensorflow/c/eager/c_api.h',
  'tensorflow/c/tf_attrtype.h',
  'tensorflow/c/tf_buffer.h',
  'tensorflow/c/tf_datatype.h',
  'tensorflow/c/tf_status.h',
  'tensorflow/c/tf_tensor.h',
  'tensorflow/c/tf_tstring.h',
  'tensorflow/core/platform/ctstring.h',
  'tensorflow/core/platform/ctstring_internal.h',
  'tsl/platform/ctstring.h',
  'tsl/platform/ctstring_internal.h',
  'xla/tsl/c/tsl_status.h',
];

const TENSORFLOW_MEMBERS: readonly WheelMember[] = [
  ...['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((name) => ({
    from: `tensorflow/${name}`,
    to: `lib/${name}`,
  })),
  ...HEADERS.map((name) => ({ from: `tensorflow/include/${name}`, to: `include/${name}` })),
];

/** The name the binding asks the loader for, beside the names the libraries call each other by. */
export const LIBRARY_LINKS: Readonly<Record<string, string>> = { 'lib/libtensorflow.so': 'libtensorflow_cc.so.2' };

function tensorflow(project: string, sizeBytes: number, unpackedBytes: number, sha256: string): Wheel {
  const file = `${project.replaceAll('-', '_')}-${TF_VERSION}-cp311-cp311-manylinux_2_27_x86_64.whl`;
  return { project, version: TF_VERSION, file, sha256, sizeBytes, unpackedBytes, members: TENSORFLOW_MEMBERS };
}

function nvidia(
  project: string,
  version: string,
  platformTag: string,
  sizeBytes: number,
  unpackedBytes: number,
  sha256: string,
  folder: string,
  files: readonly string[],
): Wheel {
  const members = files.map((name): WheelMember => ({
    from: `nvidia/${folder}/${name}`,
    to: `nvidia/${folder}/${name}`,
    ...(name.startsWith('bin/') && { executable: true as const }),
  }));
  return {
    project,
    version,
    file: `${project.replaceAll('-', '_')}-${version}-py3-none-${platformTag}.whl`,
    sha256,
    sizeBytes,
    unpackedBytes,
    members,
  };
}

const CPU_WHEELS = [
  tensorflow(
    'tensorflow-cpu',
    273829956,
    853463601,
    '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  ),
];

const GPU_WHEELS = [
  tensorflow('tensorflow', 572440367, 1259175745, '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124'),
  nvidia(
    'nvidia-cublas-cu12',
    '12.9.3.13',
    'manylinux_2_27_x86_64',
    581217458,
    854310592,
    'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
    'cublas',
    ['lib/libcublas.so.12', 'lib/libcublasLt.so.12'],
  ),
  nvidia(
    'nvidia-cuda-cupti-cu12',
    '12.9.79',
    'manylinux_2_25_x86_64',
    10814997,
    7604800,
    '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f',
    'cuda_cupti',
    ['lib/libcupti.so.12'],
  ),
  nvidia(
    'nvidia-cuda-nvcc-cu12',
    '12.9.86',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    40546229,
    35417224,
    '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
    'cuda_nvcc',
    ['bin/ptxas', 'nvvm/libdevice/libdevice.10.bc'],
  ),
  nvidia(
    'nvidia-cuda-nvrtc-cu12',
    '12.9.86',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    89568129,
    113447240,
    '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
    'cuda_nvrtc',
    ['lib/libnvrtc-builtins.so.12.9', 'lib/libnvrtc.so.12'],
  ),
  nvidia(
    'nvidia-cuda-runtime-cu12',
    '12.9.79',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    3493179,
    741088,
    '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
    'cuda_runtime',
    ['lib/libcudart.so.12'],
  ),
  nvidia(
    'nvidia-cudnn-cu12',
    '9.28.0.42',
    'manylinux_2_27_x86_64',
    716538495,
    1162393472,
    '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
    'cudnn',
    [
      '',
      '_adv',
      '_cnn',
      '_engines_precompiled',
      '_engines_runtime_compiled',
      '_engines_tensor_ir',
      '_ext',
      '_graph',
      '_heuristic',
      '_ops',
    ].map((part) => `lib/libcudnn${part}.so.9`),
  ),
  nvidia(
    'nvidia-cufft-cu12',
    '11.4.1.4',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    200877592,
    291507928,
    'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
    'cufft',
    ['lib/libcufft.so.11'],
  ),
  nvidia(
    'nvidia-curand-cu12',
    '10.3.10.19',
    'manylinux_2_27_x86_64',
    68295626,
    166965432,
    '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
    'curand',
    ['lib/libcurand.so.10'],
  ),
  nvidia(
    'nvidia-cusolver-cu12',
    '11.7.5.82',
    'manylinux_2_27_x86_64',
    338117415,
    302024152,
    '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
    'cusolver',
    ['lib/libcusolver.so.11'],
  ),
  nvidia(
    'nvidia-cusparse-cu12',
    '12.5.10.65',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    366465088,
    486556368,
    '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
    'cusparse',
    ['lib/libcusparse.so.12'],
  ),
  nvidia(
    'nvidia-nccl-cu12',
    '2.32.3',
    'manylinux_2_27_x86_64',
    351526311,
    473614536,
    'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
    'nccl',
    ['lib/libnccl.so.2'],
  ),
  nvidia(
    'nvidia-nvjitlink-cu12',
    '12.9.86',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    39748338,
    95935344,
    'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
    'nvjitlink',
    ['lib/libnvJitLink.so.12'],
  ),
];

export function wheelsFor(device: EngineDevice): readonly Wheel[] {
  return device === 'gpu' ? GPU_WHEELS : CPU_WHEELS;
}

/** NVIDIA's library folders of an engine, relative to it. */
export function nvidiaLibraryFolders(device: EngineDevice): string[] {
  const folders = wheelsFor(device)
    .flatMap((wheel) => wheel.members)
    .map((member) => member.to.slice(0, member.to.lastIndexOf('/')));
  return [...new Set(folders.filter((folder) => /^nvidia\/.*\/lib$/.test(folder)))];
}
