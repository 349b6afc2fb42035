import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

describe('a name', () => {
  table('name', [
    ['lena', 'Lena'],
    ['Lena', 'Lena'],
    ['uh, lena please', 'Lena'],
    ['my name is lena', 'Lena'],
    ["my name's lena okafor", 'Lena Okafor'],
    ["it's robin", 'Robin'],
    ["i'm mateo silva", 'Mateo Silva'],
    ['this is priya speaking', 'Priya'],
    ['call me tom', 'Tom'],
    ['for lena please', 'Lena'],
    ['under the name of okafor', 'Okafor'],
    ['put it under okafor please', 'Okafor'],
    ['the name is bond', 'Bond'],
    ['book it for lena okafor please', 'Lena Okafor'],
    ["mary o'brien", "Mary O'Brien"],
    ['anna-maria', 'Anna-Maria'],
    ['ludwig van beethoven', 'Ludwig van Beethoven'],
    ['it is siobhan murphy', 'Siobhan Murphy'],
    ['McDonald', 'McDonald'],
    ['JOHN SMITH', 'John Smith'],
    ['sure, it is ingrid', 'Ingrid'],
    ['doctor weber', 'Weber'],
    ['mrs lena weber', 'Lena Weber'],
    ['yes, the name is tomas', 'Tomas'],
    ['mateo, no wait, ingrid', 'Ingrid'],
    ['june', 'June'],
    ['will smith', 'Will Smith'],
    ['my first name is grace', 'Grace'],
    ['josé garcía', 'José García'],
    ['priya here', 'Priya'],
    ['hi my name is tomasz nowak and i need a table', 'Tomasz Nowak', { asked: false }],
    ['i want to book a table, the name is silva', 'Silva', { asked: false }],
    ['put Lena in my contacts', 'Lena', { asked: false }],
    ['a table on friday under okafor', 'Okafor', { asked: false }],
    ['you can put it under the name lena', 'Lena'],
    ["it'll be lena", 'Lena'],
    ['lena okafor with a k', 'Lena Okafor'],
    ['jean luc', 'Jean Luc'],
    ['that would be mateo', 'Mateo'],
    ['lena l e n a', 'Lena'],
    ['my name is brown', 'Brown'],
    ['brown', 'Brown'],
    ['lena young', 'Lena Young'],
    // Near misses.
    ['a brown one', none],
    ['yes', none],
    ['no', none],
    ['tomorrow', none],
    ['on friday', none],
    ['four', none],
    ['four people', none],
    ['half past seven', none],
    ['for dinner please', none, { asked: false }],
    ['for four please', none],
    ['what is your name', none],
    ['why do you need my name', none],
    ["it's tomorrow", none],
    ["i'm not sure", none],
    ["i don't know", none],
    ['i want to book a table', none],
    ['cancel', none],
    ['help', none],
    ['my name is', none],
    ["it's for tomorrow at seven", none],
    ['lena', none, { asked: false }],
    ['the second one', none],
    ['a large one please', none],
    ['4471', none],
    ['say that again please', none],
    ["i'm calling about my order", none],
    ['this is a test', none],
    ['thirty euros', none],
    ['', none],
  ]);

  it('leaves the words of a longer sentence alone', () => {
    expect(slotType('name').find('the weather is quite nice in the mountains', monday)).toEqual([]);
  });

  it('is said as it is written', () => {
    expect(slotType('name').say('Lena Okafor', monday)).toBe('Lena Okafor');
  });
});
