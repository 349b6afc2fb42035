import { describe, expect, it } from 'vitest';
import { slotType } from '../../../../engine/slot-types/index.js';
import { monday, none, table } from '../table.js';

const es = { language: 'es-ES' };
const evening = { range: { min: '13:00', max: '23:30' } };

describe('a time of day in Spanish', () => {
  table(
    'time',
    [
      ['a las tres y media', { either: ['03:30', '15:30'] }],
      ['a las cuatro', { either: ['04:00', '16:00'] }],
      ['las ocho menos cuarto de la tarde', '19:45'],
      ['a las siete y media de la tarde', '19:30'],
      ['a las nueve de la noche', '21:00'],
      ['a las diez de la mañana', '10:00'],
      ['a la una', { either: ['01:00', '13:00'] }],
      ['a la una y cuarto de la tarde', '13:15'],
      ['a las doce del mediodía', '12:00'],
      ['al mediodía', '12:00'],
      ['a medianoche', '00:00'],
      ['a las doce de la noche', '00:00'],
      ['a las dos de la madrugada', '02:00'],
      ['a las ocho en punto', { either: ['08:00', '20:00'] }],
      ['cuarto para las ocho', { either: ['07:45', '19:45'] }],
      ['diez para las nueve de la noche', '20:50'],
      ['faltan cinco para las seis de la tarde', '17:55'],
      ['a las ocho y veinte', { either: ['08:20', '20:20'] }],
      ['las ocho y pico', none],
      ['a las veinte treinta', '20:30'],
      ['a las diecinueve horas', '19:00'],
      ['a las 20:30', '20:30'],
      ['19:30', '19:30'],
      ['8:30 pm', '20:30'],
      ['ocho y media', { either: ['08:30', '20:30'] }],
      ['ocho y media', '20:30', evening],
      ['a las ocho', '20:00', evening],
      ['esta noche a las nueve', '21:00'],
      ['mañana por la tarde a las cinco', '17:00'],
      ['sobre las nueve de la noche', '21:00'],
      ['a las siete, no, a las ocho de la tarde', '20:00'],
      ['a las ocho o a las nueve de la noche', { either: ['20:00', '21:00'] }],
      ['a las tres de la tarde, por favor', '15:00'],
      ['a las quince', '15:00'],
      ['a las 9 h de la mañana', '09:00'],
      ['mañana', none],
      ['por la tarde', none],
      ['las dos entradas', none],
      ['el quince de mayo', none],
      ['dos personas', none],
      ['una hora y media', none],
      ['¿a qué hora abren?', none],
      ['más tarde', none],
      ['media docena', none],
      ['a las tantas', none],
      ['sí', none],
      ['', none],
    ],
    es,
  );

  it('is said as people say it', () => {
    const say = (value: string): string => slotType('time').say(value, { ...monday, ...es });
    expect(say('19:30')).toBe('las siete y media de la tarde');
    expect(say('13:00')).toBe('la una de la tarde');
    expect(say('20:45')).toBe('las nueve menos cuarto de la noche');
    expect(say('00:00')).toBe('medianoche');
    expect(say('00:30')).toBe('las doce y media de la noche');
    expect(say('12:15')).toBe('las doce y cuarto del mediodía');
    expect(say('11:45')).toBe('las doce menos cuarto de la mañana');
  });
});
