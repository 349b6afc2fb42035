/** A day with its time, and days from one to another, in Spanish. */
import { describe, expect, it } from 'vitest';
import { slotType } from '../../../../engine/slot-types/index.js';
import { monday, none, table } from '../table.js';

const es = { language: 'es-ES' };
const days = (start: string, end: string): { start: string; end: string } => ({ start, end });

describe('a day with its time in Spanish', () => {
  table(
    'datetime',
    [
      ['mañana a las siete y media de la tarde', '2026-03-03T19:30'],
      ['el viernes a las nueve de la noche', '2026-03-06T21:00'],
      ['a las nueve de la noche el viernes', '2026-03-06T21:00'],
      ['el nueve de junio al mediodía', '2026-06-09T12:00'],
      ['mañana a las siete', { either: ['2026-03-03T07:00', '2026-03-03T19:00'] }],
      ['mañana por la tarde a las cinco', '2026-03-03T17:00'],
      ['mañana por la mañana a las nueve', '2026-03-03T09:00'],
      ['hoy a las 14:15', '2026-03-02T14:15'],
      ['esta noche a las nueve', '2026-03-02T21:00'],
      ['esta tarde a las seis', '2026-03-02T18:00'],
      ['pasado mañana a las diez de la mañana', '2026-03-04T10:00'],
      ['el jueves, no, el viernes a las ocho de la tarde', '2026-03-06T20:00'],
      ['el quince a las doce del mediodía', '2026-03-15T12:00'],
      ['dentro de dos horas', '2026-03-02T12:00'],
      ['en media hora', '2026-03-02T10:30'],
      ['dentro de hora y media', '2026-03-02T11:30'],
      ['el lunes que viene a las nueve y cuarto de la mañana', '2026-03-09T09:15'],
      ['el viernes a las 20:30', '2026-03-06T20:30'],
      ['2026-03-04T19:00', '2026-03-04T19:00'],
      ['el sábado a las dos y media de la tarde, por favor', '2026-03-07T14:30'],
      ['el 3 de abril a las 15:30', '2026-04-03T15:30'],
      ['mañana', none],
      ['a las siete', none],
      ['cuatro', none],
      ['en junio', none],
      ['mañana por la mañana', none],
      ['¿a qué hora mañana?', none],
      ['dos horas', none],
      ['el segundo', none],
      ['sí', none],
      ['', none],
    ],
    es,
  );

  it('is said as a day and a time', () => {
    expect(slotType('datetime').say('2026-05-22T19:30', { ...monday, ...es })).toBe(
      'el viernes 22 de mayo a las siete y media de la tarde',
    );
  });
});

describe('days from one to another in Spanish', () => {
  table(
    'date_range',
    [
      ['del nueve al doce de junio', days('2026-06-09', '2026-06-12')],
      ['del 9 de junio al 12', days('2026-06-09', '2026-06-12')],
      ['del 9 de junio al 12 de junio', days('2026-06-09', '2026-06-12')],
      ['desde el nueve hasta el doce de junio', days('2026-06-09', '2026-06-12')],
      ['entre el 9 y el 12 de junio', days('2026-06-09', '2026-06-12')],
      ['del treinta de junio al dos', days('2026-06-30', '2026-07-02')],
      ['del viernes al lunes', days('2026-03-06', '2026-03-09')],
      ['de viernes a domingo', days('2026-03-06', '2026-03-08')],
      ['desde mañana hasta el viernes', days('2026-03-03', '2026-03-06')],
      ['del cinco al nueve', days('2026-03-05', '2026-03-09')],
      ['del 30 de diciembre al 2 de enero', days('2026-12-30', '2027-01-02')],
      ['tres noches a partir del nueve de junio', days('2026-06-09', '2026-06-12')],
      ['tres noches desde el viernes', days('2026-03-06', '2026-03-09')],
      ['del viernes por una semana', days('2026-03-06', '2026-03-13')],
      ['esta semana', days('2026-03-02', '2026-03-08')],
      ['la semana que viene', days('2026-03-09', '2026-03-15')],
      ['la próxima semana', days('2026-03-09', '2026-03-15')],
      ['la semana pasada', days('2026-02-23', '2026-03-01')],
      ['el fin de semana', days('2026-03-07', '2026-03-08')],
      ['el finde', days('2026-03-07', '2026-03-08')],
      ['el próximo fin de semana', days('2026-03-14', '2026-03-15')],
      ['este mes', days('2026-03-01', '2026-03-31')],
      ['el mes que viene', days('2026-04-01', '2026-04-30')],
      ['el mes pasado', days('2026-02-01', '2026-02-28')],
      ['en junio', days('2026-06-01', '2026-06-30')],
      ['los últimos siete días', days('2026-02-24', '2026-03-02')],
      ['el viernes', days('2026-03-06', '2026-03-06')],
      ['la misma semana', days('2026-05-18', '2026-05-24'), { relativeTo: '2026-05-21' }],
      ['las mismas fechas', days('2026-06-09', '2026-06-12'), { relativeTo: days('2026-06-09', '2026-06-12') }],
      ['la semana que viene, no, esta semana', days('2026-03-02', '2026-03-08')],
      ['a las siete', none],
      ['de diez a siete', none],
      ['de Madrid a Sevilla', none],
      ['tres noches', none],
      ['una semana', none],
      ['la última vez', none],
      ['en un momento', none],
      ['¿cuándo puedo ir?', none],
      ['de dos a tres personas', none],
      ['sí', none],
      ['', none],
    ],
    es,
  );

  it('are said from day to day', () => {
    const say = (value: { start: string; end: string }): string =>
      slotType('date_range').say(value, { ...monday, ...es });
    expect(say(days('2026-06-09', '2026-06-12'))).toBe('del martes 9 de junio al viernes 12 de junio');
    expect(say(days('2026-06-09', '2026-06-09'))).toBe('el martes 9 de junio');
  });
});
