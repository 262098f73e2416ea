import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

/** Everywhere: text that becomes code. */
const CODE_FROM_TEXT = [
  { selector: "CallExpression[callee.name='eval']", message: 'Data is never code.' },
  { selector: ":matches(NewExpression, CallExpression)[callee.name='Function']", message: 'Data is never code.' },
];
/** What has no stack. (A caught error, of unknown type, may be thrown on as it came.) */
const NO_ERROR = {
  selector: 'ThrowStatement > :matches(Literal, TemplateLiteral, ObjectExpression)',
  message: 'Throw an Error.',
};
/** Components alone: `.oxlintrc.json` has the rules for everything else. */
export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'test-output/', 'coverage/', '**/*.{js,ts,mjs,cjs}'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  vue.configs['flat/essential'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      'max-lines': ['error', 400],
      'no-restricted-syntax': ['error', ...CODE_FROM_TEXT, NO_ERROR],
      'no-eval': 'error',
      'no-var': 'error',
      'one-var': ['error', 'never'],
      'prefer-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'vue/no-v-html': 'error',
      'vue/no-template-target-blank': 'error',
      // an inline style in a template is refused by the page's policy; a bound one is set through the object model
      'vue/no-static-inline-styles': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-macros-order': 'error',
      'vue/define-props-declaration': 'error',
      'vue/define-emits-declaration': 'error',
      'vue/html-button-has-type': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-unused-properties': 'error',
      'vue/no-unused-emit-declarations': 'error',
      'vue/no-useless-v-bind': 'error',
      'vue/no-useless-mustaches': 'error',
      'vue/no-undef-components': 'error',
      'vue/prefer-true-attribute-shorthand': 'error',
      'vue/require-explicit-emits': 'error',
      'vue/require-typed-ref': 'error',
      'vue/eqeqeq': ['error', 'always', { null: 'ignore' }],
      'vue/no-constant-condition': 'error',
      'vue/no-empty-pattern': 'error',
      'vue/slot-name-casing': 'error',
      'vue/component-name-in-template-casing': 'error',
    },
  },
);
