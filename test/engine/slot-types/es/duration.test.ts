import { describe, expect, it } from 'vitest';
import { slotType } from '../../../../engine/slot-types/index.js';
import { monday, none, table } from '../table.js';

const es = { language: 'es-ES' };

describe('a length of time in Spanish', () => {
  table(
    'duration',
    [
      ['hora y media', '90m'],
      ['una hora y media', '90m'],
      ['una quincena', '15d'],
      ['quince días', '15d'],
      ['media hora', '30m'],
      ['una media hora', '30m'],
      ['un cuarto de hora', '15m'],
      ['tres cuartos de hora', '45m'],
      ['una hora', '1h'],
      ['dos horas', '2h'],
      ['dos horas y media', '150m'],
      ['dos horas y cuarto', '135m'],
      ['dos horas y diez minutos', '130m'],
      ['hora y cuarto', '75m'],
      ['noventa minutos', '90m'],
      ['diez minutitos', '10m'],
      ['un par de horas', '2h'],
      ['tres noches', '3d'],
      ['una semana', '7d'],
      ['dos semanas', '14d'],
      ['semana y media', '252h'],
      ['un día y medio', '36h'],
      ['medio día', '12h'],
      ['cuarenta y ocho horas', '2d'],
      ['treinta segundos', '30s'],
      ['90 min', '90m'],
      ['2 h', '2h'],
      ['una hora, no, dos horas', '2h'],
      ['una o dos horas', { either: ['1h', '2h'] }],
      ['dos o tres días', { either: ['2d', '3d'] }],
      ['una hora o dos', { either: ['1h', '2h'] }],
      ['unas dos horas', '2h'],
      ['desde ayer', '1d'],
      ['desde el viernes', '3d'],
      ['desde hace tres días', '3d'],
      ['un segundo', none],
      ['un momento', none],
      ['a las siete y media', none],
      ['mañana', none],
      ['mediodía', none],
      ['cuatro', none],
      ['dos personas', none],
      ['¿cuánto dura?', none],
      ['mucho tiempo', none],
      ['unos días', none],
      ['desde niño', none],
      ['el segundo', none],
      ['', none],
    ],
    es,
  );

  it('is said in the units that people use', () => {
    const say = (value: string): string => slotType('duration').say(value, { ...monday, ...es });
    expect(say('90m')).toBe('una hora y media');
    expect(say('1h')).toBe('una hora');
    expect(say('30m')).toBe('media hora');
    expect(say('130m')).toBe('2 horas y 10 minutos');
    expect(say('1d')).toBe('un día');
    expect(say('14d')).toBe('14 días');
    expect(say('21m')).toBe('21 minutos');
  });
});
