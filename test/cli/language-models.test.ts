import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { langChainClasses, modelsFor, providers } from '../../cli/language-models.js';
import { VirtualClock } from '../../engine/clock.js';
import { langChainVendors, modelProviders } from '../../engine/language/build-models.js';
import type { Agent } from '../../engine/language/flow.js';
import { loadAgent } from '../../engine/language/load.js';

describe('the models that an agent may ask', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-models-'));
    writeFileSync(join(folder, 'model.mjs'), `export default { name: 'my own', async *stream() {} };`);
    writeFileSync(join(folder, 'none.mjs'), `export default 5;`);
    writeFileSync(join(folder, 'broken.mjs'), `throw new Error('key sk-123 is wrong');`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const agentWith = async (llm: string): Promise<Agent> => {
    writeFileSync(
      join(folder, 'agent.yaml'),
      `agent: shop\n${llm}\nstart: a\n---\nflow: a\nstates: { b: { say: Hi., to: end } }\n`,
    );
    const { agent, problems } = await loadAgent(folder);
    if (!agent) throw new Error(problems.map(({ message }) => message).join(' '));
    return agent;
  };
  const models = async (llm: string, env: Record<string, string> = {}) => {
    const lines: string[] = [];
    const made = await modelsFor(await agentWith(llm), env, new VirtualClock(), (line) => lines.push(line));
    return { names: made.map(({ name }) => name), lines };
  };
  const set = { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' };

  it('are those of the agent, in their order, and one of its own files among them', async () => {
    const { names, lines } = await models('llm: [openai/small, anthropic/large, ./model.mjs]', set);
    expect(names).toEqual(['small', 'large', 'my own']);
    expect(lines).toEqual([]);
  });

  it('are those of PARLEY_LLM before the agent’s, one or several, with a name that has a slash of its own', async () => {
    expect((await models('llm: small', { ...set, PARLEY_LLM: 'other' })).names).toEqual(['other']);
    const several = await models('llm: small', { ...set, PARLEY_LLM: ' meta/llama-3 , anthropic/large,' });
    expect(several.names).toEqual(['meta/llama-3', 'large']);
    expect((await models('llm: small', { ...set, PARLEY_LLM: '' })).names).toEqual(['small']);
  });

  it('are asked over a Realtime session where the name says so, and by chat completions otherwise', async () => {
    const { names } = await models('llm: [openai/realtime, openai/realtime/gpt-realtime-mini, openai/gpt-realtime, openai/small]', set); // prettier-ignore
    expect(names).toEqual(['gpt-realtime', 'gpt-realtime-mini', 'gpt-realtime', 'small']);
    const unset = await models('llm: openai/realtime', { ANTHROPIC_API_KEY: 'k' });
    expect(unset).toEqual({
      names: [],
      lines: ['shop: no model is asked; set OPENAI_API_KEY or OPENAI_BASE_URL to use openai/realtime'],
    });
    const clear = await models('llm: openai/realtime', { OPENAI_BASE_URL: 'http://model.example/v1' }).catch(String);
    expect(clear).toContain('must begin with https:// or wss:// (OPENAI_BASE_URL)');
  });

  it('leave out one whose key is not set, which is said with the key', async () => {
    const { names, lines } = await models('llm: [openai/small, anthropic/large]', { ANTHROPIC_API_KEY: 'k' });
    expect(names).toEqual(['large']);
    expect(lines).toEqual(['shop: no model is asked; set OPENAI_API_KEY or OPENAI_BASE_URL to use openai/small']);
  });

  it('are of the providers that `flow check` knows', () => {
    expect(Object.keys(providers)).toEqual([...modelProviders]);
    expect(Object.keys(langChainClasses)).toEqual([...langChainVendors]);
  });

  it('are none where nobody names one and no key is set, and nothing is said of it', async () => {
    expect(await models('')).toEqual({ names: [], lines: [] });
  });

  it.each([
    ['langchain/groq/llama-3', 'llm: @langchain/groq is not installed. Run: npm install @langchain/groq'],
    ['langchain/nobody/x', 'names no integration; there are openai, anthropic'],
    ['./absent.mjs', 'is not there. It is looked for beside the agent'],
    ['./none.mjs', 'has to export a chat model of LangChain, or a LanguageModel, as its default'],
    ['./broken.mjs', 'cannot be loaded (Error)'],
  ])('say in one line what is wrong with %s and how to mend it', async (llm, problem) => {
    // Named by the environment: in the agent's own `llm:` the check finds most of them first.
    const error = await models('', { ...set, PARLEY_LLM: llm }).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ name: 'UsageError', message: expect.stringContaining(problem) as unknown });
    expect((error as Error).message).not.toMatch(/\n|sk-123/);
  });
});
