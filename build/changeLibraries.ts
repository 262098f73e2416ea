/** What the built page changes in its libraries: each change is a text and what takes its place. */

type Change = readonly [module: string, text: string, by: string];

/**
 * The page's policy forbids making HTML or code from text. Two libraries try where nothing needs it: to fill a style
 * element, to find out whether they may.
 */
const NO_TEXT_AS_CODE: readonly Change[] = [
  ['zod/v4/core/core.js', '(_a.__zod_globalConfig = {})', '(_a.__zod_globalConfig = { jitless: true })'],
  ['vuetify/lib/composables/theme.js', 'styleEl.innerHTML = styles;', 'styleEl.textContent = styles;'],
];

/** What the page never calls and a bundler cannot leave out by itself: schemas as JSON Schema, a calendar. 29 kB. */
const UNUSED: readonly Change[] = [
  [
    'zod/v4/classic/schemas.js',
    'import * as processors from "../core/json-schema-processors.js";',
    'const processors = {};',
  ],
  [
    'zod/v4/classic/schemas.js',
    'import { createStandardJSONSchemaMethod, createToJSONSchemaMethod } from "../core/to-json-schema.js";',
    'const createStandardJSONSchemaMethod = () => undefined, createToJSONSchemaMethod = createStandardJSONSchemaMethod;',
  ],
  [
    'vuetify/lib/composables/date/date.js',
    'import { VuetifyDateAdapter } from "./adapters/vuetify.js";',
    'class VuetifyDateAdapter {}',
  ],
];

const CHANGES = [...NO_TEXT_AS_CODE, ...UNUSED];

/**
 * A plugin of Vite. Fails the build when a library no longer reads as expected, so that an update cannot break the page
 * unseen.
 */
export function changeLibraries() {
  return {
    name: 'change-libraries',
    apply: 'build' as const,
    transform(this: { error(message: string): never }, code: string, id: string) {
      const [file = ''] = id.replaceAll('\\', '/').split('?');
      const changes = CHANGES.filter(([module]) => file.endsWith(`/node_modules/${module}`));
      if (changes.length === 0) return null;
      let changed = code;
      for (const [module, text, by] of changes) {
        if (!changed.includes(text))
          this.error(`${module} no longer contains "${text}": see build/changeLibraries.ts.`);
        changed = changed.replaceAll(text, by);
      }
      return { code: changed, map: null };
    },
  };
}
