import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

const mapLibrary = {
  group: ['maplibre-gl', 'maplibre-gl/*', 'pmtiles'],
  message: 'Only src/map/map.ts touches the map library.',
}
const stores = {
  group: ['@/state/*', '@/live/*', '@/actions/*'],
  message: 'ui and map/layers are told what to show; they know no store.',
}

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts'] },
  ...tseslint.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.{ts,vue}'],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.vue'] } },
    rules: {
      'no-console': 'error',
      'no-eval': 'error',
      'max-lines': ['error', { max: 400 }],
      'no-restricted-imports': ['error', { patterns: [mapLibrary] }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
      'vue/max-lines-per-block': ['error', { script: 200, template: 200, skipBlankLines: true }],
      // Layout is Prettier's.
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/singleline-html-element-content-newline': 'off',
    },
  },
  {
    files: ['src/ui/**', 'src/map/layers/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [mapLibrary, stores] }] },
  },
  { files: ['src/map/map.ts'], rules: { 'no-restricted-imports': 'off' } },
)
