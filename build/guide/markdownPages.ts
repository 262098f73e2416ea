/**
 * Chapters of the guide as components of the window: their HTML is part of the build, and no text is made into
 * HTML.
 */
import { guideHtml } from './guideMarkdown.ts';

/** A plugin of Vite; comes before the one for Vue, which compiles what this leaves. */
export function markdownPages() {
  return {
    name: 'markdown-pages',
    enforce: 'pre' as const,
    transform(code: string, id: string) {
      if (!/\/docs\/guide\/[\w-]+\.md$/.test(id.replaceAll('\\', '/'))) return null;
      const html = guideHtml(code, (chapter) => `#/guide/${chapter}`)
        // an image of the build, not a package
        .replaceAll('src="images/', 'src="./images/')
        // braces are no expressions here
        .replaceAll('{{', '&#123;&#123;');
      return { code: `<template><article class="prose">${html}</article></template>`, map: null };
    },
  };
}
