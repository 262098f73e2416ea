declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent<object, object, unknown>;
  export { component as default };
}
declare module '*.md' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent<object, object, unknown>;
  export { component as default };
}
declare module '*.css';
declare module 'vuetify/styles/core';
interface ImportMeta {
  /** Vite: what the modules that match the pattern export by that name, by their paths. */
  glob<T>(pattern: string, options: { readonly eager: true; readonly import: string }): Record<string, T>;
}
