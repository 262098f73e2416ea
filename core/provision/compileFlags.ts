/**
 * How the binding is compiled; part of its hash, so that a change here makes another engine.
 *
 * It is linked against an empty library of TensorFlow's name: the linker would read all 800 MB of the real one (8 of 10
 * seconds) to find what the loader finds anyway. That nothing is missing shows when the new binding is tried, with
 * every symbol resolved at once.
 */
export const COMPILE_FLAGS = [
  '-O2',
  '-std=c++17',
  '-fPIC',
  '-shared',
  '-DNAPI_VERSION=8',
  '-DBUILDING_NODE_EXTENSION',
] as const;
export const LINK_FLAGS = [
  '-Wl,--no-as-needed',
  '-ltensorflow',
  '-Wl,--unresolved-symbols=ignore-all',
  '-Wl,-rpath,$ORIGIN/lib',
] as const;
/** What the empty library is called, and therefore what the loader looks for in the engine's `lib/`. */
export const LINKED_LIBRARY = 'libtensorflow.so';
