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
