import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

const british = { language: 'en-GB' };
const american = { language: 'en-US' };

describe('an address', () => {
  table('address', [
    ['fourteen Main Street, Ballymun', { number: '14', street: 'Main Street', city: 'Ballymun' }],
    ['14 Main Street, Ballymun.', { number: '14', street: 'Main Street', city: 'Ballymun' }],
    ['14 main street', { number: '14', street: 'Main Street' }],
    [
      'flat 3b, 22 high road, N1 9GU',
      { unit: 'flat 3B', number: '22', street: 'High Road', postcode: 'N19GU' },
      british,
    ],
    [
      'flat three b twenty two high road london n one nine g u',
      { unit: 'flat 3B', number: '22', street: 'High Road', city: 'London', postcode: 'N19GU' },
      british,
    ],
    [
      'apartment twelve oh four, 500 fifth avenue, new york',
      { unit: 'apartment 1204', number: '500', street: 'Fifth Avenue', city: 'New York' },
      american,
    ],
    ['apartment twelve oh four', { unit: 'apartment 1204' }],
    [
      '1600 Amphitheatre Parkway, Mountain View, 94043',
      { number: '1600', street: 'Amphitheatre Parkway', city: 'Mountain View', postcode: '94043' },
      american,
    ],
    [
      'sixteen hundred amphitheatre parkway in mountain view',
      { number: '1600', street: 'Amphitheatre Parkway', city: 'Mountain View' },
      american,
    ],
    ["it's 22 baker street london", { number: '22', street: 'Baker Street', city: 'London' }, british],
    ['two two one b baker street', { number: '221B', street: 'Baker Street' }, british],
    ['221b Baker Street', { number: '221B', street: 'Baker Street' }, british],
    ['number nine the green', { number: '9', street: 'The Green' }, british],
    ['i live at forty two oak lane in galway', { number: '42', street: 'Oak Lane', city: 'Galway' }],
    ['uh, let me see, ten church road, cork', { number: '10', street: 'Church Road', city: 'Cork' }],
    ['my address is 7 Patrick Street Limerick', { number: '7', street: 'Patrick Street', city: 'Limerick' }],
    ['unit 4, 18 dock road, limerick', { unit: 'unit 4', number: '18', street: 'Dock Road', city: 'Limerick' }],
    ['main street, ballymun', { street: 'Main Street', city: 'Ballymun' }],
    ['fourteen main street, no wait, forty main street', { number: '40', street: 'Main Street' }],
    ['14 main street, no, make that 40 main street', { number: '40', street: 'Main Street' }],
    ['12 st john’s road', { number: '12', street: "St John's Road" }, british],
    ['one oh one north main street, dublin', { number: '101', street: 'North Main Street', city: 'Dublin' }],
    ['3 The Crescent, Dublin, D02 XY76', { number: '3', street: 'The Crescent', city: 'Dublin', postcode: 'D02XY76' }],
    [
      'three the crescent dublin d oh two x y seven six',
      { number: '3', street: 'The Crescent', city: 'Dublin', postcode: 'D02XY76' },
    ],
    [
      '742 Evergreen Terrace, Apt 2, Springfield',
      { unit: 'apartment 2', number: '742', street: 'Evergreen Terrace', city: 'Springfield' },
      american,
    ],
    ['350 fifth ave', { number: '350', street: 'Fifth Avenue' }, american],
    ['12 Elm Dr.', { number: '12', street: 'Elm Drive' }, american],
    ['five hundred and six west forty second street', { number: '506', street: 'West 42nd Street' }, american],
    ['20 W 34th St, New York', { number: '20', street: 'West 34th Street', city: 'New York' }, american],
    ['send it to 14 main street please', { number: '14', street: 'Main Street' }, { asked: false }],
    ['14 Main Street, Ballymun, Dublin 11', { number: '14', street: 'Main Street', city: 'Ballymun, Dublin 11' }],
    [
      'fourteen main street ballymun dublin eleven',
      { number: '14', street: 'Main Street', city: 'Ballymun Dublin 11' },
    ],
    ['twenty two, n one nine g u', { number: '22', postcode: 'N19GU' }, british],
    ['8 park road', { number: '8', street: 'Park Road' }],
    ['flat b, 3 hill street', { unit: 'flat B', number: '3', street: 'Hill Street' }],
    // Near misses.
    ['bananas', none],
    ['yes', none],
    ['fourteen', none, { asked: false }],
    ['at seven', none],
    ['half past seven', none],
    ['four four seven one', none, { asked: false }],
    ['what is your address', none],
    ['which street are you on', none],
    ['087 123 4567', none],
    ['john at mail dot example', none],
    ['the second one', none],
    ['tomorrow', none],
    ['thirty euros', none],
    ['on the fifteenth of march', none],
    ['a table for four', none],
    ['the road was closed', none, { asked: false }],
    ['two way street', none, { asked: false }],
    ['help', none],
    ['i do not know', none],
    ['', none],
  ]);

  it('is said as people say it, the flat first and the postcode letter by letter', () => {
    const { say } = slotType('address');
    expect(say({ number: '14', street: 'Main Street', city: 'Ballymun' }, monday)).toBe('14 Main Street, Ballymun');
    expect(say({ unit: 'flat 3B', number: '22', street: 'High Road', postcode: 'N19GU' }, monday)).toBe(
      'flat 3 B, 22 High Road, N 1 9 G U',
    );
    expect(say({ number: '221B', street: 'Baker Street' }, monday)).toBe('221 B Baker Street');
  });

  it('is written as a record of its parts, and as one line of text', () => {
    const { parse } = slotType('address');
    const record = { number: '14', street: 'Main Street', city: 'Ballymun' };
    expect(parse(record, monday)).toEqual({ value: record });
    expect(parse('14 Main Street, Ballymun', monday)).toEqual({ value: record });
    expect(parse({ number: 14, street: 'Main Street' }, monday)).toEqual({
      value: { number: '14', street: 'Main Street' },
    });
    expect(parse('bananas', monday)).toHaveProperty('problem');
    expect(parse({ planet: 'Mars' }, monday)).toHaveProperty('problem');
    expect(parse({}, monday)).toHaveProperty('problem');
  });
});
