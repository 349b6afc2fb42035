import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import { costOf, ownPrices, readPrices } from '../../../runtime/observe/cost.js';

const usage = [
  { who: 'deepgram', what: 'stt_seconds', amount: 90 },
  { who: 'embedded', what: 'tts_characters', amount: 400 },
  { who: 'constructor', what: 'llm_input_tokens', amount: 7 },
] as const;

describe('the cost of a call', () => {
  it('is what the operator pays for each second, character and token', () => {
    const prices = readPrices(
      '{"deepgram":{"stt_seconds":0.125,"source":"our contract","date":"2026-10-01"}}',
      'prices.json',
    );
    expect(costOf(usage, prices)).toEqual({
      costs: [
        { who: 'deepgram', what: 'stt_seconds', usd: 11.25 },
        { who: 'embedded', what: 'tts_characters', usd: 0 },
      ],
      unpriced: ['constructor'],
    });
  });

  it('is not said of a provider whose price nobody gave', () => {
    expect(costOf(usage, ownPrices).unpriced).toEqual(['deepgram', 'constructor']);
  });

  it('names the file, the provider and the field that are wrong', () => {
    for (const [text, problem] of [
      ['{', /^prices.json: this is no JSON/],
      ['[]', /provider's name as key/],
      ['{"deepgram":1}', /deepgram takes an object/],
      ['{"deepgram":{"stt_minutes":1}}', /"stt_minutes"; there are stt_seconds/],
      ['{"deepgram":{"stt_seconds":"1"}}', /deepgram.stt_seconds takes US dollars/],
      ['{"deepgram":{"stt_seconds":-1}}', /deepgram.stt_seconds takes US dollars/],
    ] as const) {
      expect(() => readPrices(text, 'prices.json')).toThrow(UsageError);
      expect(() => readPrices(text, 'prices.json')).toThrow(problem);
    }
  });
});
