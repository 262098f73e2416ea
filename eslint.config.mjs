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
const DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that a thing has one name everywhere.',
};

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'test-output/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.mjs'],
    rules: {
      'max-lines': ['error', 400],
      'no-restricted-syntax': ['error', ...CODE_FROM_TEXT, NO_ERROR, DEFAULT_EXPORT],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-var': 'error',
      'one-var': ['error', 'never'],
      'prefer-const': 'error',
      'no-debugger': 'error',
      'no-constant-binary-expression': 'error',
      'no-self-compare': 'error',
      'no-unreachable-loop': 'error',
      'no-template-curly-in-string': 'error',
      'no-control-regex': 'off',
      'no-empty': 'error',
      'no-fallthrough': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      // our interfaces use method syntax and our implementations are closures: none looks at `this`
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true, caughtErrors: 'all' },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNever: true },
      ],
    },
  },
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
  {
    // one family is one file
    files: ['core/models/**/*.ts'],
    rules: { 'max-lines': ['error', 400] },
  },
  {
    // what is drawn and what is computed depends on the seed alone; durations come from a clock that cannot jump
    files: ['core/{data,train,models,engine}/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'Math',
          property: 'random',
          message: 'Draw by key (seed, stream, step, example): core/data/random.ts.',
        },
        { object: 'Date', property: 'now', message: 'Measure durations with performance.now().' },
      ],
    },
  },
  {
    // a corpus of cases is one table, however long
    files: ['test/**/*.ts'],
    rules: { 'max-lines': ['error', 600] },
  },
  {
    // vitest's matchers (expect.any, expect.stringContaining) are typed any
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    // read by tools that take the default export
    files: ['*.config.{ts,mjs}', '.dependency-cruiser*.mjs', 'build/testReport.ts'],
    rules: { 'no-restricted-syntax': ['error', ...CODE_FROM_TEXT, NO_ERROR] },
  },
);
