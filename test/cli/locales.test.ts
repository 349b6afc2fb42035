import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flow } from './flow-command.js';

const agent = `agent: museum
languages: [en-IE, es]
voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }
start: tickets
---
flow: tickets
title: your tickets
examples: [I want tickets]
slots:
  tour: { type: choice, options: { short: [], long: [big] }, ask: Which tour? }
states:
  ask: { collect: tour, to: done }
  done: { say: Done., to: end }
`;

describe('flow locales', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-locales-'));
    mkdirSync(join(folder, 'locales'));
    writeFileSync(join(folder, 'agent.yaml'), agent);
    writeFileSync(
      join(folder, 'locales', 'es.yaml'),
      'words:\n  tickets/done: Hecho.\nlexicon:\n  Guggenheim: gúguenjaim\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('prints every line with the first language beside it, keeps what is there, and exits 1 while something lacks', async () => {
    const { code, stdout, stderr } = await flow(['locales', 'es', folder]);
    expect(stdout).toContain('  ask.tour.1: "" # Which tour?');
    expect(stdout).toContain('  tickets/done: Hecho. # Done.');
    expect(stdout).toContain('  Guggenheim: gúguenjaim');
    expect(stderr).toBe('4 lines have no es yet.\n');
    expect(code).toBe(1);
  });

  it('prints with --missing what lacks alone', async () => {
    const { stdout } = await flow(['locales', 'es', folder, '--missing']);
    expect(stdout).toContain('tickets.title: ""');
    expect(stdout).not.toContain('Hecho');
  });

  it('gives a file that loads once it is filled: then nothing lacks, and the check is silent', async () => {
    const { stdout } = await flow(['locales', 'es', folder]);
    const filled = stdout.replace(/""/g, 'palabras').replace(/\[\]/g, '[unas palabras]');
    writeFileSync(join(folder, 'locales', 'es.yaml'), filled);
    expect(await flow(['locales', 'es', folder])).toMatchObject({ code: 0, stderr: '' });
    expect(await flow(['check', folder, '--strict'])).toMatchObject({ code: 0 });
  });

  it('says where it looked in vain', async () => {
    const { code, stderr } = await flow(['locales', 'es', join(folder, 'locales', 'nowhere')]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/agent|nowhere/);
  });
});
