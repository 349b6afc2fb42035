import { describe } from 'vitest';
import { none, table } from '../table.js';

const options = [
  { id: 'small', also: ['pequeña', 'chica'], data: { price: 8 } },
  { id: 'medium', also: ['mediana', 'normal'], data: { price: 11 } },
  { id: 'large', also: ['grande', 'familiar'], data: { price: 15 } },
];
const rooms = [
  { id: 'sea', also: ['vistas al mar', 'exterior'], data: { price: 120 } },
  { id: 'garden', also: ['vistas al jardín'], data: { price: 90 } },
];

describe('one of the options in Spanish', () => {
  table(
    'choice',
    [
      ['pequeña', 'small'],
      ['la pequeña', 'small'],
      ['un pequeño', 'small'],
      ['una chica', 'small'],
      ['la grande, por favor', 'large'],
      ['familiar', 'large'],
      ['el primero', 'small'],
      ['la segunda', 'medium'],
      ['la última', 'large'],
      ['la opción dos', 'medium'],
      ['la número tres', 'large'],
      ['la más barata', 'small'],
      ['el más barato', 'small'],
      ['la más cara', 'large'],
      ['la más económica', 'small'],
      ['la tercera, por favor', 'large'],
      ['la del medio', 'medium'],
      ['grandes', 'large'],
      ['la pequeña, no, la grande', 'large'],
      ['mejor la mediana', 'medium'],
      ['no la pequeña, sino la grande', 'large'],
      ['la pequeña o la grande', { either: ['small', 'large'] }],
      ['medianna', 'medium'],
      ['con vistas al mar', 'sea', { options: rooms }],
      ['la del jardín', 'garden', { options: rooms }],
      ['el más caro', 'sea', { options: rooms }],
      ['la otra', 'garden', { options: rooms, current: 'sea' }],
      ['quería la grande', 'large', { asked: false }],
      ['no sé', none],
      ['¿cuál es la más barata?', none],
      ['¿qué opciones hay?', none],
      ['la cuarta', none],
      ['un momento', none],
      ['mañana', none],
      ['sí', none],
      ['a las ocho', none],
      ['cualquiera', none],
      ['ninguna', none],
      ['', none],
    ],
    { language: 'es', options },
  );
});
