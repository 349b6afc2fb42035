import { describe, expect, it } from 'vitest';
import { builtInsOf } from '../../../../engine/dialog/built-ins/built-ins.js';
import { clausesOf, isOrder } from '../../../../engine/dialog/item-clauses.js';
import { Conversation } from '../drive.js';
import { restaurant } from './restaurant.js';

const open = async (): Promise<Conversation> => (await Conversation.open(restaurant)).talk;

async function after(...said: string[]): Promise<Conversation> {
  const talk = await open();
  for (const one of said) await talk.say(one);
  return talk;
}

const basket = (turn: { trace: { slots: Record<string, unknown> } }): string =>
  ((turn.trace.slots['basket'] ?? []) as { count?: number; item: string }[])
    .map(({ count, item }) => `${count ?? 1} ${item}`)
    .join(', ');

describe('several values at once in Spanish', () => {
  it('takes people, day and time out of one sentence', async () => {
    const talk = await open();
    const turn = await talk.say('quiero reservar una mesa para cuatro personas el viernes a las nueve de la noche');
    expect(turn.trace.slots).toMatchObject({ people: 4, day: '2026-03-06', hour: '21:00' });
    expect(turn.text).toBe('¿Qué teléfono tiene?');
  });

  it('asks back whether four is in the morning or in the afternoon', async () => {
    const talk = await after('quiero reservar una mesa', 'cuatro', 'mañana');
    const turn = await talk.say('a las cuatro');
    expect(turn.text).toMatch(/cuatro de la madrugada|cuatro de la tarde/);
    expect((await talk.say('de la tarde')).trace.slots).toMatchObject({ hour: '16:00' });
  });
});

describe('a correction in Spanish', () => {
  it.each([
    ['no, mejor el sábado', { day: '2026-03-07' }],
    ['perdón, quería decir el sábado', { day: '2026-03-07' }],
    ['no el viernes, sino el sábado', { day: '2026-03-07' }],
    ['mejor a las diez de la noche', { hour: '22:00', day: '2026-03-06' }],
    ['perdone, somos cinco personas', { people: 5 }],
  ])('"%s" puts the value right and keeps the others', async (said, changed) => {
    const talk = await after(
      'quiero reservar una mesa para cuatro personas el viernes a las nueve de la noche',
      '612 34 56 78',
    );
    const turn = await talk.say(said);
    expect(turn.trace.slots).toMatchObject({ people: 4, hour: '21:00', day: '2026-03-06', ...changed });
    expect(turn.text).toContain('¿Está bien?');
  });

  it('asks anew for what is said to be wrong', async () => {
    const talk = await after(
      'quiero reservar una mesa para cuatro personas el viernes a las nueve de la noche',
      '612 34 56 78',
    );
    expect((await talk.say('la hora está mal')).text).toContain('¿A qué hora?');
  });
});

describe('a list in Spanish', () => {
  it('adds what is named with its numbers', async () => {
    const talk = await after('quiero hacer un pedido');
    expect(basket(await talk.say('dos cafés y un cortado'))).toBe('2 café, 1 cortado');
  });

  it('puts the number right in the same breath', async () => {
    const talk = await after('quiero hacer un pedido');
    expect(basket(await talk.say('dos cafés y un cortado, no, mejor tres'))).toBe('2 café, 3 cortado');
  });

  it.each([
    ['quite el cortado', '2 café'],
    ['quítelo', '2 café'],
    ['ya no quiero los cafés', '1 cortado'],
    ['otro café', '3 café, 1 cortado'],
    ['y una tostada', '2 café, 1 cortado, 1 tostada'],
    ['cambie el cortado por un té', '2 café, 1 té'],
    ['un té en vez del cortado', '2 café, 1 té'],
    ['no, tres cafés', '3 café, 1 cortado'],
    ['¿me pone también un té?', '2 café, 1 cortado, 1 té'],
  ])('"%s"', async (said, expected) => {
    const talk = await after('quiero hacer un pedido', 'dos cafés y un cortado');
    expect(basket(await talk.say(said))).toBe(expected);
  });

  it('is done when nothing more is wanted, and is read back', async () => {
    const talk = await after('quiero hacer un pedido', 'dos cafés y un cortado');
    expect((await talk.say('nada más, gracias')).text).toContain('2 café y 1 cortado. Gracias.');
  });
});

describe('repair in Spanish', () => {
  it('leaves a task that is cancelled', async () => {
    const talk = await after('quiero reservar una mesa');
    expect((await talk.say('déjelo estar')).text).toContain('dejamos su mesa');
  });

  it('answers a question in between and comes back to its own', async () => {
    const talk = await after('quiero reservar una mesa');
    const turn = await talk.say('¿a qué hora abren?');
    expect(turn.text).toContain('Abrimos de una a once');
    expect(turn.text).toMatch(/¿Para cuántas personas\?|¿Cuántos serán\?/);
  });

  it('asks again after silence', async () => {
    const talk = await after('quiero reservar una mesa');
    expect(talk.silence().text).toBe('¿Cuántos serán?');
  });

  it('takes a number that is keyed in', async () => {
    const talk = await after('quiero reservar una mesa para cuatro personas el viernes a las nueve de la noche');
    expect(talk.keys('612345678').text).toContain('¿Está bien?');
  });

  it('repeats, waits, and is not hurried by small talk', async () => {
    const talk = await after('quiero reservar una mesa');
    expect((await talk.say('¿cómo dice?')).text).toContain('¿Para cuántas personas?');
    expect((await talk.say('un momento, por favor')).text).toContain('Tómese su tiempo');
    expect((await talk.say('ya estoy aquí')).text).toMatch(/personas|serán/);
  });

  it('says goodbye', async () => {
    const talk = await open();
    expect((await talk.say('adiós')).ended).toBe(true);
  });
});

describe('a language without words of its own', () => {
  const { items, corrections, hearing } = builtInsOf('ga');

  it('does nothing to a list but add what is named, whatever stands in English', () => {
    expect(clausesOf('take off the tea, make it two', items)).toEqual([
      { start: 0, end: 29, does: 'add', isSaid: false, mark: '' },
    ]);
    expect(isOrder('can I have two teas?', items)).toBe(false);
  });

  it('hears no English denial and no English question', () => {
    expect(corrections.denies.test('not the 12th')).toBe(false);
    expect(hearing.isQuestion('what time is it')).toBe(false);
    expect(hearing.isQuestion('cén t-am é?')).toBe(true);
  });
});
