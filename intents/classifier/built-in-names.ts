/**
 * Intents every agent brings along (see the language reference). Their phrases are the same everywhere,
 * so they say nothing of how well a designer's own intents are told apart.
 */
export const builtInNames: ReadonlySet<string> = new Set([
  'yes',
  'no',
  'done',
  'repeat',
  'slower',
  'help',
  'why',
  'correct',
  'cancel',
  'human',
  'goodbye',
  'hold_on',
  'dont_know',
  'skip',
  'start_over',
  'speak',
  'chitchat',
  'out_of_scope',
]);
