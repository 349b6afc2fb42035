/** `llm:` of an agent: models that nobody can be asked for, told before the first call. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { textsOf } from './build-slot.js';
import { didYouMean, nearest } from './suggest.js';
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { itemsOf, textOf } from './yaml-source.js';

/**
 * Who may stand before the first `/` of a model, and after `langchain/`. The providers themselves are the command's
 * affair, which this room does not know: a test holds these names against its tables (test/cli/language-models.test.ts).
 */
export const modelProviders = ['openai', 'anthropic', 'langchain'] as const;
export const langChainVendors = ['openai', 'anthropic', 'google-genai', 'google-vertexai', 'mistralai', 'groq', 'ollama', 'aws'] as const; // prettier-ignore

/** Behind `openai/`: asked over a Realtime session. */
const session = 'realtime';

/**
 * The models in their order; undefined for none. Reported: files that are not there, integrations that do not exist,
 * and providers that were probably mistyped.
 */
export function buildModels(llm: YamlNode | undefined, shop: Workshop): string[] | undefined {
  const names = textsOf(llm);
  for (const node of itemsOf(llm)) {
    const name = textOf(node) ?? '';
    if (/^\.{0,2}\//.test(name)) checkFile(node, name, shop);
    else checkProvider(node, name.split('/'), shop);
  }
  return names.length > 0 ? names : undefined;
}

function checkFile(node: YamlNode, name: string, shop: Workshop): void {
  if (!existsSync(resolve(dirname(node.file.path), name)))
    shop.report(node, 'no-such-file', `There is no file ${name} beside this one.`, 'Create it, or correct the path.');
}

function checkProvider(node: YamlNode, [provider = '', vendor = '', ...model]: string[], shop: Workshop): void {
  if (provider === 'langchain') {
    if (langChainVendors.some((known) => known === vendor) && model.length > 0) return;
    const integrations = `Write one of ${langChainVendors.join(', ')}, as in langchain/openai/gpt-4o-mini. Any other chat model of LangChain is a file: ./model.ts.`; // prettier-ignore
    const known = langChainVendors.some((one) => one === vendor);
    const message = known ? `langchain/${vendor} names no model.` : `LangChain's integration "${vendor}" is not known here.`; // prettier-ignore
    shop.report(node, 'unknown-id', message, known ? integrations : didYouMean(vendor, langChainVendors, integrations));
    return;
  }
  if (
    provider === 'openai' &&
    vendor !== session &&
    !vendor.startsWith('gpt-') &&
    nearest(vendor, [session]) !== undefined
  )
    shop.report(
      node,
      'unknown-id',
      `OpenAI has no model "${vendor}": a Realtime session is openai/${session}, or openai/${session}/gpt-realtime.`,
      `Did you mean "${['openai', session, ...model].join('/')}"?`,
      'warning',
    );
  // Any other name with a slash may be a model's own (meta/llama-3), at a server that speaks OpenAI's wire.
  const meant = vendor === '' || modelProviders.some((known) => known === provider) ? undefined : nearest(provider, modelProviders); // prettier-ignore
  if (meant !== undefined)
    shop.report(
      node,
      'unknown-id',
      `There is no provider "${provider}": the whole name would be asked of the server of OPENAI_BASE_URL.`,
      `Did you mean "${meant}"?`,
      'warning',
    );
}
