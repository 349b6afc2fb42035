import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['.dist/**', '.parley/**', 'node_modules/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: new URL('..', import.meta.url).pathname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: readonly('console process URL setTimeout fetch performance AbortController') },
  },
  {
    files: ['cli/studio/page/*.js'],
    languageOptions: {
      globals: readonly(
        'document window navigator location fetch clearTimeout addEventListener removeEventListener WebSocket URLSearchParams Option Audio AudioContext AudioWorkletNode MediaStream RTCPeerConnection setInterval clearInterval',
      ),
    },
  },
);

function readonly(names) {
  return Object.fromEntries(names.split(' ').map((name) => [name, 'readonly']));
}
