/**
 * The page's policy forbids making HTML or code from text. Two libraries try where nothing needs it: to fill a style
 * element, to find out whether they may.
 */

const REPLACEMENTS: readonly (readonly [module: string, text: string, by: string])[] = [
  ['zod/v4/core/core.js', '(_a.__zod_globalConfig = {})', '(_a.__zod_globalConfig = { jitless: true })'],
  ['vuetify/lib/composables/theme.js', 'styleEl.innerHTML = styles;', 'styleEl.textContent = styles;'],
];

/**
 * A plugin of Vite. Fails the build when a library no longer reads as expected, so that an update cannot break the page
 * unseen.
 */
export function noTextAsCode() {
  return {
    name: 'no-text-as-code',
    apply: 'build' as const,
    transform(this: { error(message: string): never }, code: string, id: string) {
      const [file = ''] = id.replaceAll('\\', '/').split('?');
      const found = REPLACEMENTS.find(([module]) => file.endsWith(`/node_modules/${module}`));
      if (!found) return null;
      const [module, text, by] = found;
      if (!code.includes(text)) this.error(`${module} no longer contains "${text}": see build/noTextAsCode.ts.`);
      return { code: code.replaceAll(text, by), map: null };
    },
  };
}
