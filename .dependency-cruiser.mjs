/**
 * Who may import whom: what is not listed is forbidden. test/arch plants one violation of each rule and expects it to
 * be found. Twice the same sources are looked at: with the imports that are types only (here), and as they run
 * (.dependency-cruiser.runtime.mjs).
 */

/** Where a package's files are found. @param {...string} names */
const packages = (...names) => names.map((name) => `^node_modules/${name}/`);

const CONTRACT = '^contract/';
/** Pure functions that several hosts use: no Node, no DOM, no packages. */
const PURE = '^pure/';
/** Durable writes, system errors, free space: what every room that touches the disk shares. */
const FILES = '^core/files/';
/** Containers and encodings: zip, pickle, npy, safetensors, HDF5. */
const FORMATS = '^core/formats/';
/** Pools of threads: Node's own threads, and nothing of ours. */
const THREADS = '^core/threads/';
/** The messages between host and job process: schemas alone, so both sides may read them. */
const JOB_MESSAGES = '^core/worker/(jobMessages|jobs/[^/]+/messages)\\.ts$';
/** The numbers are computed by engine/native and engine/wasm; everybody else sees graph, program and engine. */
const ENGINE_INTERFACE = '^core/engine/[^/]+\\.ts$';

/**
 * @typedef {object} Layer
 * @property {string} from files of the layer
 * @property {string[]} may what they may import beside each other
 * @property {string[]} [types] what they may import types of
 * @property {boolean} [node] whether Node's own modules are allowed: everywhere but in contract and models
 */

/** @type {Record<string, Layer>} */
const LAYERS = {
  contract: { from: CONTRACT, may: packages('zod', '@orpc/contract') },
  pure: { from: PURE, may: [CONTRACT, ...packages('zod')] },
  files: { from: FILES, may: [CONTRACT, PURE, ...packages('zod')], node: true },
  formats: {
    from: FORMATS,
    may: [CONTRACT, FILES, ...packages('zod')],
    node: true,
  },
  fetch: { from: '^core/fetch/', may: [CONTRACT, FILES, ...packages('zod', 'undici', 'undici-types')], node: true },
  threads: { from: THREADS, may: [], node: true },
  models: { from: '^core/models/', may: [CONTRACT, ...packages('zod')] },
  data: {
    from: '^core/data/',
    may: [CONTRACT, PURE, '^core/models/', FILES, FORMATS, THREADS, ...packages('zod', 'sharp')],
    node: true,
  },
  weights: {
    from: '^core/weights/',
    may: [CONTRACT, PURE, '^core/models/', FILES, FORMATS, ...packages('zod')],
    node: true,
  },
  train: {
    from: '^core/train/',
    may: [
      CONTRACT,
      PURE,
      '^core/models/',
      '^core/data/',
      '^core/weights/',
      FILES,
      FORMATS,
      ENGINE_INTERFACE,
      ...packages('zod'),
    ],
    node: true,
  },
  evaluate: {
    from: '^core/evaluate/',
    may: [CONTRACT, PURE, '^core/models/', '^core/data/', FILES, THREADS, ...packages('zod', 'sharp')],
    node: true,
  },
  engine: {
    from: '^core/engine/',
    may: [
      CONTRACT,
      PURE,
      FILES,
      '^core/models/(weightSpecs|geometry)\\.ts$',
      ...packages('@tensorflow/tfjs[^/]*', 'protobufjs'),
    ],
    types: ['^core/models/'],
    node: true,
  },
  provision: {
    from: '^core/provision/',
    may: [CONTRACT, PURE, FILES, FORMATS, ...packages('zod')],
    node: true,
  },
  jobMessages: { from: JOB_MESSAGES, may: [CONTRACT, ...packages('zod')] },
  worker: {
    from: '^core/worker/(?!jobMessages\\.ts$|jobs/[^/]+/messages\\.ts$)',
    may: [
      CONTRACT,
      PURE,
      '^core/(models|data|weights|train|evaluate|engine|provision|files|formats)/',
      JOB_MESSAGES,
      ...packages('zod'),
    ],
    node: true,
  },
  db: {
    from: '^core/db/',
    may: [CONTRACT, PURE, FILES, ...packages('zod', 'better-sqlite3', '@types/better-sqlite3', 'kysely')],
    node: true,
  },
  studio: {
    from: '^core/studio/',
    may: [
      CONTRACT,
      PURE,
      '^core/(db|models|data|evaluate|provision|files|formats|fetch)/',
      JOB_MESSAGES,
      ...packages('zod', '@orpc/(server|contract)', 'ws', '@types/ws'),
    ],
    node: true,
  },
  cli: {
    from: '^cli/',
    may: [
      CONTRACT,
      PURE,
      FILES,
      '^core/studio/',
      '^package\\.json$',
      ...packages('zod', 'commander', 'ws', '@types/ws'),
    ],
    node: true,
  },
  // Its job process is core/worker/main.ts with another channel.
  electron: {
    from: '^electron/',
    may: [
      CONTRACT,
      PURE,
      '^core/studio/',
      '^core/worker/main\\.ts$',
      ...packages('zod', 'electron', '@electron/fuses'),
    ],
    node: true,
  },
  renderer: {
    from: '^renderer/',
    may: [
      CONTRACT,
      PURE,
      // the user guide is read in the window
      '^docs/guide/',
      ...packages(
        'zod',
        '@orpc/(client|contract)',
        'vue',
        'vue-router',
        'pinia',
        'vuetify',
        'uplot',
        '@mdi/js',
        '@vue/[^/]+',
      ),
    ],
  },
  build: {
    from: '^build/',
    may: [
      CONTRACT,
      PURE,
      '^core/',
      '^electron/(fuses|unpackedFiles)\\.ts$',
      // a benchmark starts jobs as the host does
      '^cli/forkJob\\.ts$',
      ...packages('vitest', 'vite', 'sharp', 'markdown-it', 'typescript', 'electron-builder', '@electron/fuses'),
    ],
    node: true,
  },
  test: {
    from: '^test/',
    may: ['^(contract|pure|core|cli|build|electron|renderer)/', '^package\\.json$', ...packages('.*')],
    node: true,
  },
};

/** Started by a path, never imported. */
const ENTRY_NAMES = [
  'cli/main',
  'core/worker/main',
  'core/worker/jobs/[^/]+/job',
  'core/data/pictures/decodeWorker',
  'core/studio/lookups/thread',
  'electron/(main|jobEntry|preload)',
  'renderer/main',
  'renderer/environment\\.d',
  'test/.*',
  'build/.*',
];
const ENTRIES = `^(${ENTRY_NAMES.join('|')})\\.(ts|cts|mjs|mts)$`;

export const CRUISE_OPTIONS = {
  doNotFollow: { path: '^node_modules/' },
  exclude: { path: '^test/fixtures/' },
  enhancedResolveOptions: {
    extensions: ['.ts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    exportsFields: ['exports'],
    conditionNames: ['import', 'require', 'node', 'default', 'types'],
  },
};

/** @param {Layer} layer @returns {import('dependency-cruiser').IAllowedRuleType[]} */
function allowedImports({ from, may, types, node }) {
  const rules = [
    /** @type {import('dependency-cruiser').IAllowedRuleType} */ ({
      from: { path: from },
      to: { path: [from, ...may] },
    }),
  ];
  if (types) rules.push({ from: { path: from }, to: { path: types, dependencyTypes: ['type-only'] } });
  if (node) rules.push({ from: { path: from }, to: { dependencyTypes: ['core'] } });
  return rules;
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  allowedSeverity: 'error',
  allowed: Object.values(LAYERS).flatMap(allowedImports),
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle has no lowest layer.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Imported by nothing and importing nothing: dead.',
      severity: 'error',
      from: { orphan: true, pathNot: ENTRIES },
      to: {},
    },
    {
      name: 'no-import-of-tests',
      comment: 'Tests are imported by tests only.',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-package',
      comment: "What runs at the user's must be in dependencies.",
      severity: 'error',
      from: { path: '^(contract|pure|core|cli)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: { ...CRUISE_OPTIONS, tsPreCompilationDeps: true },
};
