import { describe, expect, it } from 'vitest';
import { slotType } from '../../../engine/slot-types/index.js';
import { monday, none, table } from './table.js';

describe('an e-mail address', () => {
  table('email', [
    ['robin@lighthouse.example', 'robin@lighthouse.example'],
    ['Robin@Lighthouse.Example.', 'robin@lighthouse.example'],
    ["it's robin@lighthouse.example thanks", 'robin@lighthouse.example'],
    ['robin at lighthouse dot example', 'robin@lighthouse.example'],
    ['my email is robin at lighthouse dot example', 'robin@lighthouse.example'],
    ['uh robin dot ward at lighthouse dot example please', 'robin.ward@lighthouse.example'],
    ['robin underscore ward at mail dot example', 'robin_ward@mail.example'],
    ['robin dash ward at mail dot example', 'robin-ward@mail.example'],
    ['robin at g mail dot com', 'robin@gmail.com'],
    ['r o b i n at mail dot example', 'robin@mail.example'],
    ['robin four two at mail dot example', 'robin42@mail.example'],
    ['robin at mail dot co dot uk', 'robin@mail.co.uk'],
    ['robin.ward at mail.example', 'robin.ward@mail.example'],
    ['send it to lena at the office dot example', 'lena@theoffice.example'],
    ['robin @ lighthouse.example', 'robin@lighthouse.example'],
    ['the address is l dot okafor at light house dot example', 'l.okafor@lighthouse.example'],
    ['robin at mail dot example, no wait, ward at mail dot example', 'ward@mail.example'],
    ['a n n a at mail dot example', 'anna@mail.example'],
    ['robin plus bank at mail dot example', 'robin+bank@mail.example'],
    ['robin ward at mail dot example', 'robinward@mail.example'],
    ['john dot smith at gmail dot com', 'john.smith@gmail.com'],
    ['John dot Smith at gmail dot com, all lowercase.', 'john.smith@gmail.com'],
    ['j o h n dot s m i t h at gmail dot com', 'john.smith@gmail.com'],
    ['john smith one two three at yahoo dot co dot uk', 'johnsmith123@yahoo.co.uk'],
    ["it's john dot smith at hotmail dot com", 'john.smith@hotmail.com'],
    ['John.Smith@Gmail.com.', 'john.smith@gmail.com'],
    ['john underscore smith ninety nine at mail dot ie', 'john_smith99@mail.ie'],
    ['mary at acme hyphen tools dot ie', 'mary@acme-tools.ie'],
    ['all lowercase mary dot murphy at gmail dot com', 'mary.murphy@gmail.com'],
    ['all lower case, mary dot murphy at gmail dot com', 'mary.murphy@gmail.com'],
    ['s for sugar murphy at mail dot com', 'smurphy@mail.com'],
    ['siobhan, s i o b h a n, at gmail dot com', 'siobhan@gmail.com'],
    ['siobhan at gmail dot com, that is s i o b h a n', 'siobhan@gmail.com'],
    ['john at gmail.com', 'john@gmail.com'],
    ['uh mary dot murphy at outlook dot com', 'mary.murphy@outlook.com'],
    ['it is mary at i cloud dot com', 'mary@icloud.com'],
    ['mary murphy, all one word, at gmail dot com', 'marymurphy@gmail.com'],
    ['mary at gmail dot com, no, mary dot murphy at gmail dot com', 'mary.murphy@gmail.com'],
    ['triple a plumbing at mail dot com', 'aaaplumbing@mail.com'],
    // Near misses.
    ['at seven', none],
    ['bananas', none],
    ['yes', none],
    ['my email address is', none],
    ['robin', none],
    ['robin at', none],
    ['robin at lighthouse', none],
    ['dot com', none],
    ['i am at the station', none],
    ['meet me at noon', none],
    ['tomorrow', none],
    ['4471', none],
    ['@', none],
    ['john dot smith', none],
    ['gmail dot com', none],
    ['john at gmail', none],
    ['same as before', none],
    ['can you email me', none],
    ["i don't have email", none],
    ['', none],
  ]);

  it('is said with its signs in words', () => {
    expect(slotType('email').say('robin.ward@mail.example', monday)).toBe('robin dot ward at mail dot example');
  });

  it('is written in small letters', () => {
    const { parse } = slotType('email');
    expect(parse('Robin@Mail.example', monday)).toEqual({ value: 'robin@mail.example' });
    expect(parse('robin at mail', monday)).toHaveProperty('problem');
  });
});
