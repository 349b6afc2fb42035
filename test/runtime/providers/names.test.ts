import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import { speechProviders } from '../../../engine/language/speech-providers.js';
import { createStt, sttProviders } from '../../../runtime/stt/index.js';
import { createTts, ttsProviders } from '../../../runtime/tts/index.js';

const inThisProcess = ['embedded', 'whisper'];

describe('the table of providers', () => {
  it('has the names that `flow check` knows', () => {
    expect([...speechProviders.stt].sort()).toEqual(Object.keys(sttProviders).sort());
    expect([...speechProviders.tts].sort()).toEqual(Object.keys(ttsProviders).sort());
  });

  it('takes an address without encryption on this machine only, whoever the provider is', async () => {
    for (const [create, table] of [
      [createStt, sttProviders],
      [createTts, ttsProviders],
    ] as const)
      for (const [name, { envKey, envUrl = [] }] of Object.entries(table)) {
        expect(envUrl.length > 0).toBe(!inThisProcess.includes(name));
        for (const variable of envUrl) {
          const key = envKey === undefined ? {} : { [envKey]: 'k' };
          await expect(create(name, { ...key, [variable]: 'http://speech.example' }), variable).rejects.toThrow(
            UsageError,
          );
          await expect(create(name, { ...key, [variable]: 'http://127.0.0.1:9' }), variable).resolves.toBeDefined();
        }
      }
  });

  it('is in runtime/README.md, with the variables of each', () => {
    const readme = readFileSync('runtime/README.md', 'utf8');
    for (const table of [sttProviders, ttsProviders])
      for (const [name, { envKey, envMore = [], envInstead = [], envUrl = [] }] of Object.entries(table)) {
        const rows = readme.split('\n').filter((line) => line.startsWith(`| \`${name}`));
        expect(rows.length, name).toBeGreaterThan(0);
        for (const variable of [...(envKey === undefined ? [] : [envKey]), ...envMore, ...envInstead, ...envUrl])
          expect(
            rows.some((row) => row.includes(variable)),
            variable,
          ).toBe(true);
      }
  });
});
