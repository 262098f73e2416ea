/** How the binding is compiled; part of its hash, so that a change here makes another engine. */
export const COMPILE_FLAGS = ['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'] as const;
