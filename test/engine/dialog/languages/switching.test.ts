import { describe, expect, it } from 'vitest';
import { Conversation, loadText } from '../drive.js';

const museum = `
agent: museum
languages: [en-IE, es]
voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }
start: tickets
---
flow: tickets
title: your tickets
examples: [I want tickets, book tickets for the museum]
slots:
  day: { type: date, ask: For which day?, called: [day] }
  count: { type: integer, ask: [How many tickets?, "How many people are coming?"] }
  size: { type: choice, options: { small: [], large: [big] }, ask: The small or the large tour? }
states:
  ask: { collect: [count, day, size], to: done }
  done: { say: "{{ count }} {{ count | plural('ticket', 'tickets') }} for the {{ size }} tour on {{ day | say_date }}.", to: end }
---
flow: hours
title: the opening hours
examples: [when are you open, what are your opening hours]
states:
  tell: { say: We are open from ten to six., to: end }
---
locale: es
words:
  tickets.title: sus entradas
  hours.title: el horario
  ask.day.1: ¿Para qué día?
  ask.count.1: ¿Cuántas entradas?
  ask.count.2: ¿Cuántas personas vienen?
  ask.size.1: ¿La visita corta o la larga?
  tickets/done: "{{ count }} {{ count | plural('entrada', 'entradas') }} para la visita {{ size }} {{ day | say_date }}."
  tell: Abrimos de diez a seis.
examples:
  tickets: [quiero entradas, reservar entradas para el museo]
  hours: [a qué hora abren, cuál es el horario]
slots:
  tickets.day: { called: [día, fecha] }
  tickets.size: { options: { small: [corta, pequeña], large: [larga, grande] } }
`;

describe('two languages in one call', () => {
  it('goes on in the language that the caller asks for, and puts the question again in it', async () => {
    const { talk } = await Conversation.open(museum);
    const turn = await talk.say('en español por favor');
    expect(turn.text).toBe('Claro, seguimos en español. ¿Cuántas entradas?');
    expect(turn.listening?.language).toBe('es');
  });

  it('fills, says back and ends in the other language', async () => {
    const { talk } = await Conversation.open(museum);
    await talk.say('can we speak Spanish please');
    expect((await talk.say('dos')).text).toBe('¿Para qué día?');
    expect((await talk.say('el viernes')).text).toBe('¿La visita corta o la larga?');
    expect((await talk.say('la larga')).text).toBe(
      '2 entradas para la visita larga el viernes 6 de marzo. ¿Puedo ayudarle en algo más?',
    );
  });

  it('takes what was said in the other language when the recogniser says which it was', async () => {
    const { talk } = await Conversation.open(museum);
    const turn = await talk.say('quiero tres entradas', undefined, 'es-ES');
    expect(turn.text).toBe('¿Para qué día?');
    expect(turn.trace.slots).toMatchObject({ count: 3 });
  });

  it('does not switch for one short word, and does for two utterances in a row', async () => {
    const { talk } = await Conversation.open(museum);
    expect((await talk.say('eh', undefined, 'es')).listening?.language).toBe('en-IE');
    const second = await talk.say('dos', undefined, 'es');
    expect(second.listening?.language).toBe('es');
    expect(second.trace.slots).toMatchObject({ count: 2 });
  });

  it('takes a language for the answer where it is an option of the question, and a request for it elsewhere', async () => {
    const tours = museum
      .replace('{ small: [], large: [big] }', '{ small: [in english], large: [in spanish] }')
      .replace('small: [corta, pequeña], large: [larga, grande]', 'small: [en inglés], large: [en español]');
    const { talk } = await Conversation.open(tours);
    expect((await talk.say('in Spanish please')).listening?.language).toBe('es');
    await talk.say('dos');
    await talk.say('el viernes');
    const answer = await talk.say('en inglés');
    expect(answer.listening?.language).toBe('es');
    expect(answer.text).toContain('en inglés');
  });

  it('keeps a Spanish name as an answer where the question is for words', async () => {
    const agent = await loadText(`
agent: school
languages: [en, es]
voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }
---
flow: course
slots: { subject: { type: choice, options: [spanish, maths], ask: Which course? } }
states:
  ask: { collect: subject, to: done }
  done: { say: "{{ subject }}.", to: end }
---
locale: es
words: { ask.subject.1: ¿Qué curso?, course/done: "{{ subject }}!" }
slots: { subject: { options: { spanish: español, maths: matemáticas } } }
`);
    const talk = Conversation.of(agent, { start: { flow: 'course' } });
    talk.input({ kind: 'open' });
    const turn = await talk.say('spanish');
    expect(turn.trace.slots).toMatchObject({ subject: 'spanish' });
    expect(turn.listening?.language).toBe('en');
  });

  it('says which languages it speaks when another is asked for', async () => {
    const { talk } = await Conversation.open(museum);
    const turn = await talk.say('can we speak French');
    expect(turn.text).toBe("I'm sorry, I only speak English and Spanish. How many tickets?");
  });

  it('begins in the language that the call came with', () => {
    return loadText(museum).then((agent) => {
      const talk = Conversation.of(agent, { start: { call: { language: 'es' } } });
      expect(talk.input({ kind: 'open' }).text).toBe('¿Cuántas entradas?');
    });
  });
});
