import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { changeLibraries } from './build/changeLibraries.ts';
import { markdownPages } from './build/guide/markdownPages.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: path('renderer'),
  // the same files are served over HTTP and by Electron's own protocol, wherever they lie
  base: './',
  plugins: [markdownPages(), vue({ include: [/\.vue$/, /\/docs\/guide\/[\w-]+\.md$/] }), changeLibraries()],
  // every component is `script setup`
  define: { __VUE_OPTIONS_API__: 'false' },
  // the host puts a fresh nonce in its place with every page it sends
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: path('dist/renderer'),
    emptyOutDir: true,
    target: 'chrome130',
    // an inlined data: URL would need a hole in the content security policy
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
});
