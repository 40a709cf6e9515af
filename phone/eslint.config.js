import vue from 'eslint-plugin-vue'
import { defineConfig } from 'eslint/config'
import ts from 'typescript-eslint'

// The rooms of the application, from the ground floor up: each may use those before it.
const FLOORS = ['scoring', 'store', 'evidence', 'sync', 'parts', 'pages']

const downwardsOnly = FLOORS.map((room, floor) => ({
  files: [`src/${room}/**`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: FLOORS.slice(floor + 1).map((above) => ({ group: [`**/${above}/*`], message: `${room} lies below ${above}` })) },
    ],
  },
}))

export default defineConfig(
  { ignores: ['node_modules', 'src/contract.d.ts'] },
  ts.configs.strict,
  ts.configs.stylistic,
  vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', { max: 12, variant: 'modified' }],
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'always' } }],
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  { files: ['**/*.test.ts', 'src/sync/fake.ts'], rules: { 'max-lines-per-function': 'off', complexity: 'off' } },
  ...downwardsOnly,
)
