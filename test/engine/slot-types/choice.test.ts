import { describe, expect, it } from 'vitest';
import { slotType, soundAlikes } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

function options(...list: (string | string[])[]): { options: { id: string; also: string[] }[] } {
  return {
    options: list.map((one) => (typeof one === 'string' ? { id: one, also: [] } : { id: one[0]!, also: one.slice(1) })),
  };
}

const accounts = options(
  ['current', 'everyday', 'main', 'current account', 'checking'],
  ['savings', 'saver', 'nest egg', 'savings account'],
  ['joint', 'shared', 'our account', 'joint account'],
);
const contacts = options('Priya', 'Tomas', 'Tomasz', 'Ingrid', 'Mateo');
const cities = options('york', 'leeds', 'hull');
const drinks = options(['cola', 'coke'], ['orange_soda', 'orange soda', 'orange'], ['sweet_tea', 'sweet tea'], 'milk');
const buns = options(
  ['big_bun', 'Big Bun', 'just the Big Bun', 'Big Bun no meal'],
  ['big_bun_meal', 'Big Bun meal', 'Big Bun combo'],
  ['crispy', 'Crispy Classic', 'crispy chicken'],
  'hamburger',
  ['kids_hamburger', "kids' hamburger meal", 'kids meal with a hamburger'],
);
const plates = options(['pizza', 'large pepperoni'], ['salad', 'green salad']);
const flightDays = {
  options: [
    { id: 'F302', also: [], data: { day: '2026-05-22' } },
    { id: 'F310', also: [], data: { day: '2026-05-23' } },
  ],
};
const cars = options(['C1', 'Pico, economy'], ['C2', 'Atlantik, midsize'], ['C3', 'Nordrent, luxury']);
const outings = options(['X1', 'the cathedral tour'], ['X2', 'the Serralves museum'], ['X3', 'the Douro boat trip']);
const flights = options(
  ['F302', 'Friday the 22nd of May at ten past twelve in the afternoon'],
  ['F310', 'Saturday the 23rd of May at twenty to ten in the morning'],
  ['F318', 'Sunday the 24th of May at five past six in the evening'],
);
const cards = options(
  ['debit', 'debit card', 'bank card'],
  ['credit', 'credit card'],
  ['virtual', 'virtual card', 'card for the phone', 'online card'],
);
const sizes = options('small', 'medium', 'large');
const kinds = options('stocks', ['bonds'], ['funds', 'mutual funds', 'fund']);
const rooms = options('sea_view', 'garden_view', 'family_room');

describe('a choice', () => {
  table('choice', [
    ['savings', 'savings', accounts],
    ['my savings account please', 'savings', accounts],
    ['the nest egg', 'savings', accounts],
    ['how much is in my current account', 'current', { ...accounts, asked: false }],
    ['uh, the joint one', 'joint', accounts],
    ['saving', 'savings', accounts],
    ['Priya', 'Priya', contacts],
    ['send ten euros to ingrid', 'Ingrid', { ...contacts, asked: false }],
    ['matteo', 'Mateo', contacts],
    ['no, the pepperoni', 'pizza', { ...plates, asked: false, current: 'salad' }],
    ['the salad, no pepperoni', 'salad', { ...plates, current: 'pizza' }],
    ['can i come on the 23rd', 'F310', { ...flights, asked: false, sought: true, ...flightDays }],
    ['the second one', 'Tomas', contacts],
    ['number four', 'Ingrid', contacts],
    ['the last one', 'Mateo', contacts],
    ['first', 'Priya', contacts],
    ['the next one you have would be great', 'F302', flights],
    ['the one on the 23rd', 'F310', flights],
    ['sunday', 'F318', flights],
    ['york', 'york', cities],
    ['i want to go to Leeds', 'leeds', cities],
    ['from York to Hull', { all: ['york', 'hull'] }, { ...cities, asked: false }],
    ['york, no wait, hull', 'hull', cities],
    ['not york but leeds', 'leeds', cities],
    ['leads', 'leeds', cities],
    ['an orange soda, please', 'orange_soda', drinks],
    ['orange_soda', 'orange_soda', drinks],
    ['two cokes', 'cola', drinks],
    ['cook', 'cola', drinks],
    ['sweet tee', 'sweet_tea', drinks],
    ['hi, a Big Bun for me', { either: ['big_bun', 'big_bun_meal'] }, buns],
    ['one Big Bun, no meal', 'big_bun', buns],
    ['a big bun meal', 'big_bun_meal', buns],
    ['the big bun combo please', 'big_bun_meal', buns],
    ['the crispy', 'crispy', buns],
    ["a kid's hamburger meal", 'kids_hamburger', buns],
    ['two hamburgers', 'hamburger', buns],
    ['the meal', { either: ['big_bun_meal', 'kids_hamburger'] }, buns],
    ['the luxury one, that sounds lovely', 'C3', cars],
    ['pico', 'C1', cars],
    ["let's do the Douro boat trip please", 'X3', outings],
    ['the museum', 'X2', outings],
    ['the boat', 'X3', outings],
    ["I'd like the large one", 'large', sizes],
    ['coke, a large one', 'large', { ...sizes, asked: false }],
    ['mutual fund', 'funds', kinds],
    ['a virtual card', 'virtual', cards],
    ['for the phone', 'virtual', cards],
    ['sea view', 'sea_view', rooms],
    ['the one with the sea view', 'sea_view', rooms],
    ['a room with a view', { either: ['sea_view', 'garden_view', 'family_room'] }, rooms],
    ['i think the garden', 'garden_view', rooms],
    ['small or medium', { either: ['small', 'medium'] }, sizes],
    // Near misses.
    ['bananas', none, cities],
    ['bananas', none, sizes],
    ['bananas', none, buns],
    ['do you do Red Bull? One of those', none, buns],
    ['tomorrow', none, accounts],
    ['yes', none, accounts],
    ['no', none, cities],
    ['my card', none, cards],
    ['what kinds do you have', none, sizes],
    ['the first time I called', none, contacts],
    ['half past seven', none, cities],
    ['help', none, cities],
    ['four four seven one', none, contacts],
    ['i need to talk to an agent', none, options('loan', 'deposit')],
    ['where is the boat?', none, { ...outings, asked: false }],
    ['for work', none, cities],
    ['the second one', none, { ...contacts, asked: false }],
    ['the twelfth one', none, contacts],
    ['anything', none, {}],
    ['', none, cities],
  ]);

  it('is less sure of what only sounds like an option, or is changed by the word before', () => {
    const { find } = slotType('choice');
    expect(find('cook', { ...monday, ...drinks })[0]!.confidence).toBeLessThan(0.8);
    expect(find('a double hamburger without a meal', { ...monday, ...buns })[0]!.confidence).toBeLessThan(0.8);
    expect(find('a hamburger', { ...monday, ...buns })[0]!.confidence).toBe(1);
  });

  it('knows the options that sound alike, for when the line was bad', () => {
    expect(soundAlikes('Tomas', { ...monday, ...contacts })).toEqual(['Tomasz']);
    expect(soundAlikes('Priya', { ...monday, ...contacts })).toEqual([]);
  });

  it('is written by its id, in whatever case, or as a record that has it', () => {
    const { parse } = slotType('choice');
    expect(parse('York', { ...monday, ...cities })).toEqual({ value: 'york' });
    expect(parse({ id: 'hull', far: true }, { ...monday, ...cities })).toEqual({ value: 'hull' });
    expect(parse('bananas', { ...monday, ...cities })).toHaveProperty('problem');
  });

  it('is said without underscores, and by a name where the id is made for machines', () => {
    const { say } = slotType('choice');
    expect(say('orange_soda', { ...monday, ...drinks })).toBe('orange soda');
    expect(say('C3', { ...monday, ...cars })).toBe('Nordrent, luxury');
    expect(say('Casa Verde', { ...monday, ...options('Casa Verde') })).toBe('Casa Verde');
  });
});
