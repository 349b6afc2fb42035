import { describe, expect, it } from 'vitest';
import { brief, load } from './load-text.js';

const problemsOf = async (llm: string) =>
  (await load(`agent: shop\nllm: ${llm}\nstart: a\n---\nflow: a\nstates: { b: { say: Hi., to: end } }\n`)).problems;

describe('the models that an agent names', () => {
  it.each([
    'gpt-4o-mini',
    'openai/gpt-4o-mini',
    'anthropic/claude-sonnet-4-5',
    'langchain/google-genai/gemini-2.5-flash',
    'meta/llama-3',
    '[openai/small, anthropic/large]',
    '[openai/realtime, openai/realtime/gpt-realtime-mini, openai/gpt-realtime]',
  ])('may be %s', async (llm) => {
    expect(brief(await problemsOf(llm))).toEqual([]);
  });

  it.each([
    ['opnai/gpt-4o-mini', 'warning', 'There is no provider "opnai"', 'Did you mean "openai"?'],
    ['[openai/small, antropic/large]', 'warning', 'There is no provider "antropic"', 'Did you mean "anthropic"?'],
    ['langchian/groq/llama', 'warning', 'There is no provider "langchian"', 'Did you mean "langchain"?'],
    ['openai/realtim/gpt-realtime', 'warning', 'OpenAI has no model "realtim"', 'Did you mean "openai/realtime/gpt-realtime"?'], // prettier-ignore
    ['langchain/grok/llama', 'error', '"grok" is not known', 'Did you mean "groq"?'],
    ['langchain/nobody/x', 'error', '"nobody" is not known', 'Write one of openai, anthropic'],
    ['langchain/openai', 'error', 'langchain/openai names no model', 'as in langchain/openai/gpt-4o-mini'],
    ['./absent.mjs', 'error', 'There is no file ./absent.mjs', 'Create it'],
  ])('are told with their cure where nobody can be asked: %s', async (llm, severity, message, cure) => {
    const [problem, ...more] = await problemsOf(llm);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity, line: 2 });
    expect(problem!.message).toContain(message);
    expect(problem!.cure).toContain(cure);
  });
});
