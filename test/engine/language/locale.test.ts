import { describe, expect, it } from 'vitest';
import {
  builtInIntentNames,
  builtInNames,
  builtInsOf,
  shippedLanguages,
} from '../../../engine/dialog/built-ins/built-ins.js';
import type { Problem } from '../../../engine/language/problems.js';
import { loadAgent } from '../../../engine/language/load.js';
import { readLocale } from '../../../engine/language/locale-skeleton.js';
import { agentOf, brief, folderOf, load } from './load-text.js';

const museum = `agent: museum
languages: [en-IE, es]
start: tickets
voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }
repair: { cancel: { say: All right. } }
listen:
  - { intent: help, say: Ask for tickets. }
---
flow: tickets
title: your tickets
examples: [I want tickets]
slots:
  day: { type: date, called: [day], ask: [For which day?, Which day?] }
  tour: { type: choice, options: { short: [], long: [big] }, ask: Which tour? }
  total: { type: money, default: 20 EUR }
states:
  ask: { collect: [day, tour], to: done }
  done: { say: "Done.", to: sum }
  sum: { say: "{{ total }}", to: end }
`;
const spanish = `words:
  cancel: De acuerdo.
  listen.help: Pida entradas.
  tickets.title: sus entradas
  ask.day.1: ¿Qué día?
  ask.day.2: ¿Para qué día?
  ask.tour.1: ¿Qué visita?
  tickets/done: Hecho.
examples: { tickets: [quiero entradas] }
slots:
  tickets.day: { called: [día] }
  tickets.tour: { options: { short: corta, long: [larga, grande] } }
`;
const withLocale = (text: string): string => folderOf({ 'agent.yaml': museum, 'locales/es.yaml': text });

describe('what lacks in a language', () => {
  it('is nothing when every line is there; words that sound the same need none', async () => {
    const { agent, problems } = await loadAgent(withLocale(spanish));
    expect(brief(problems)).toEqual([]);
    expect([...agent!.locales!.keys()]).toEqual(['en-IE', 'es']);
    const es = agent!.locales!.get('es')!;
    expect(es.flows.get('tickets')!.title).toBe('sus entradas');
    expect(es.flows.get('tickets')!.slots.get('tour')!.options).toMatchObject([
      { id: 'short', said: 'corta' },
      { id: 'long', also: ['larga', 'grande'] },
    ]);
    expect(es.hash).toBe(agent!.hash);
  });

  it('is told all at once, each at its words in the first language, with the line to add', async () => {
    const { agent, problems } = await loadAgent(withLocale('words: { ask.day.1: ¿Qué día? }\n'));
    expect(agent).toBeUndefined();
    expect(problems.map(({ code, line }) => `${code} ${line}`)).toEqual([
      'missing-translation 5', 'missing-translation 7', 'missing-translation 10', 'missing-translation 11',
      'missing-translation 13', 'missing-translation 13', 'missing-translation 14', 'missing-translation 14', 'missing-translation 18',
    ]); // prettier-ignore
    expect(problems[0]!.cure).toBe('Add to locales/es.yaml, under words:  cancel: "" # All right.');
    expect(problems.map(({ cure }) => cure).join('\n')).toContain('tickets.tour: { options: { short: "", long: "" } }');
  });

  it('is one problem where the whole file is not there', async () => {
    const { problems } = await loadAgent(folderOf({ 'agent.yaml': museum }));
    expect(brief(problems)).toEqual(['missing-translation 2:12']);
    expect(problems[0]!.cure).toBe('Write it with: npx flow locales es > locales/es.yaml');
  });

  it('is also an empty line of the skeleton', async () => {
    const { problems } = await loadAgent(withLocale(spanish.replace('Hecho.', '""')));
    expect(problems.map(({ message }) => message)).toEqual(['These have no es yet: words "tickets/done".']);
  });

  it('is every built-in word and intent of a language that ships none', async () => {
    const { problems } = await load(
      'agent: a\nlanguages: [en, fr]\nvoice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }\n---\nflow: f\nstates: { s: { say: "1", to: end } }\n---\nlocale: fr\nwords: { greeting: Bonjour. }\n',
    );
    expect(brief(problems)).toEqual(['missing-translation 2:12', 'no-language-words 2:17']);
    expect(problems[0]!.message).toContain('words anything_else');
    expect(problems[0]!.message).toContain('examples cancel');
    expect(problems[0]!.message).not.toContain('words greeting');
  });

  it('is the same for an agent whose only language ships none', async () => {
    const { problems } = await load(
      'agent: a\nlanguage: fr\nvoice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }\n---\nflow: f\nstates: { s: { say: Bonjour, to: end } }\n',
    );
    expect(brief(problems).sort()).toEqual(['missing-translation 2:11', 'no-language-words 2:11']);
  });
});

describe('a language for which nothing ships', () => {
  const speaking = (languages: string): string =>
    `agent: a\nlanguages: ${languages}\nvoice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }\n---\nflow: f\nstates: { s: { say: "1", to: end } }\n`;
  const told = async (languages: string): Promise<Problem | undefined> =>
    (await load(speaking(languages))).problems.find(({ code }) => code === 'no-language-words');

  it('is a warning at its name, which tells what is not heard and the cure', async () => {
    const found = await told('[en, ga]');
    expect(found).toMatchObject({ severity: 'warning', line: 2 });
    expect(found!.message).toContain('only text can be heard');
    expect(found!.cure).toContain('by: keys');
  });

  it.each(['[en, es]', '[en-IE, es-MX]', '[es-ES]'])('is none of %s', async (languages) => {
    expect(await told(languages)).toBeUndefined();
  });
});

describe('what a locale file may not say', () => {
  it.each([
    [
      'an id of no words',
      spanish.replace('tickets/done', 'tickets/dona'),
      'unknown-id',
      /Did you mean "tickets\/done"/,
    ],
    [
      'an option that is none',
      spanish.replace('short: corta', 'short: corta, shart: x'),
      'unknown-id',
      /Did you mean "short"/,
    ],
    [
      'a flow that is none',
      spanish.replace('{ tickets:', '{ tickts: [a], tickets:'),
      'unknown-id',
      /Did you mean "tickets"/,
    ],
    [
      'a name in its words that nothing declares',
      spanish.replace('Hecho.', '"{{ tottal }}"'),
      'unknown-name',
      /Did you mean "total"/,
    ],
    [
      'an example of a slot that is none',
      spanish.replace('[quiero entradas]', '["quiero [dos](count)"]'),
      'bad-example',
      /./,
    ],
    ['a key of its own', spanish.replace('slots:', 'slotz:'), 'unknown-key', /Did you mean "slots"/],
  ])('%s', async (_title, text, code, cure) => {
    const { problems } = await loadAgent(withLocale(text));
    const found = problems.find((one) => one.code === code);
    expect(found?.file).toMatch(/locales.es\.yaml$/);
    expect(found?.cure).toMatch(cure);
  });

  it('words in a language that the agent does not speak', async () => {
    const folder = folderOf({ 'agent.yaml': museum, 'locales/es.yaml': spanish, 'locales/fr.yaml': 'words: {}\n' });
    const { problems } = await loadAgent(folder);
    expect(problems.map(({ code, cure }) => `${code}: ${cure}`)).toEqual([
      'unknown-id: Add it to the agent: languages: [en-IE, es, fr].',
    ]);
  });

  it('a type that cannot be heard in it, at the slot', async () => {
    const { problems } = await load(
      'agent: a\nlanguages: [en, es]\nvoice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }\n---\nflow: f\nslots:\n  home: { type: address, ask: "1?" }\n  pin: { type: digits, by: keys, dtmf: { length: 4 }, ask: "2?" }\nstates: { s: { collect: [home, pin], to: end } }\n---\nlocale: es\n',
    );
    expect(brief(problems)).toEqual(['type-not-in-language 7:17']);
    expect(problems[0]!.message).toContain('cannot be heard in es; they can in en.');
  });

  it('two answers to which language is the first', async () => {
    const { problems } = await load(
      'agent: a\nlanguage: es\nlanguages: [en, es]\nvoice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }\n---\nflow: f\nstates: { s: { say: "1", to: end } }\n---\nlocale: es\n',
    );
    expect(brief(problems)).toEqual(['wrong-combination 2:11']);
  });
});

describe('the skeleton of a locale', () => {
  it('has every line to fill with the first language beside it, and loads when it is filled', async () => {
    const { text, missing } = (await readLocale(folderOf({ 'agent.yaml': museum }), 'es'))!;
    expect(text).toContain('  ask.day.2: "" # Which day?');
    expect(text).toContain('  tickets.tour: { options: { short: "", long: "" } } # { short: [], long: [big] }');
    expect(missing).toBe(10);
    const filled = text.replace(/""/g, 'palabras').replace(/\[\]/g, '[una palabra]');
    const { problems } = await loadAgent(withLocale(filled));
    expect(brief(problems)).toEqual([]);
  });

  it('keeps what is translated, and can show only what is not', async () => {
    const folder = withLocale(spanish.replace('Hecho.', '""'));
    expect((await readLocale(folder, 'es'))!.text).toContain('  ask.day.1: ¿Qué día? # For which day?');
    const only = (await readLocale(folder, 'es', { onlyMissing: true }))!;
    expect(only).toMatchObject({ missing: 1 });
    expect(only.text.split('\n').slice(1)).toEqual(['words:', '  tickets/done: "" # "Done."', '']);
  });

  it('lists the built-in words of a language that ships none', async () => {
    const { text } = (await readLocale(folderOf({ 'agent.yaml': museum }), 'fr'))!;
    expect(text).toContain('  cancel: "" # ');
    expect(text).toContain('  hold_on: [] # hold on, wait, one moment');
    expect(text).not.toContain('forget_me');
  });
});

describe('built-in words and examples', () => {
  it.each(shippedLanguages)('in %s are all there', (language) => {
    const { words, examples, titles } = builtInsOf(language);
    expect(builtInNames.filter((name) => words[name] === undefined)).toEqual([]);
    expect(builtInIntentNames.filter((id) => (examples[id] ?? []).length < 9 && language !== 'en')).toEqual([]);
    expect(builtInIntentNames.filter((id) => titles[id] === undefined)).toEqual([]);
  });

  it('are never the same for two intents of a language', async () => {
    await agentOf('flow: f\nstates: { s: { say: Hi, to: end } }\n');
    for (const language of shippedLanguages) {
      const seen = new Map<string, string>();
      for (const [id, texts] of Object.entries(builtInsOf(language).examples))
        for (const text of texts) {
          expect(`${text}: ${seen.get(text) ?? id}`).toBe(`${text}: ${id}`);
          seen.set(text, id);
        }
    }
  });
});
