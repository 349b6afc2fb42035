import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OutsideError, UsageError } from '../../engine/errors.js';

/** What is fetched of a model, as the room that reads with it has it. */
export interface ModelFiles {
  /** Of the weights, the first set that the hub has all of. */
  weights: readonly (readonly string[])[];
  /** The last one is fetched last: a folder that has it is whole. */
  others: readonly string[];
  /** Of `others`, those that not every model has. */
  optional?: readonly string[];
}

/** One model on one hub. */
export interface HubModel {
  /** `org/name`, as on the hub. */
  id: string;
  /** Branch, tag or commit. */
  revision?: string;
  /** Address of the hub, or of a mirror that answers as it does. */
  endpoint?: string;
  /** For models that are not open to all. */
  token?: string;
  signal?: AbortSignal;
}

export interface PullOptions extends HubModel {
  /** The folder above `org/`. */
  folder: string;
  files: ModelFiles;
  onProgress?: (file: string, bytes: number, of: number | undefined) => void;
}

export interface Pulled {
  folder: string;
  /** The commit the files are of, where the hub says so. */
  commit?: string;
  files: { file: string; bytes: number; fetched: boolean }[];
}

export const defaultHub = 'https://huggingface.co';

const redirects = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 5;
/** More than any `config.json`. */
const mostConfigBytes = 1_000_000;

/**
 * The model's `config.json`; undefined where the hub has none, or none that is one.
 * @throws UsageError when the id is none; OutsideError when the hub cannot be reached
 */
export async function configOnHub(model: HubModel): Promise<Record<string, unknown> | undefined> {
  checkId(model.id);
  const { response } = await ask('config.json', model, undefined);
  if (!response.ok || Number(response.headers.get('content-length') ?? 0) > mostConfigBytes) {
    await response.body?.cancel();
    return undefined;
  }
  try {
    return Object(await response.json()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/**
 * Fetches a model's files into `folder/org/name`. A broken-off file is gone on with at the next try; a large file's
 * SHA-256 is held against what the hub says (`X-Linked-Etag`, as huggingface_hub does). What is there whole is not
 * fetched again.
 * @throws UsageError when the id is none or the hub has no such model; OutsideError when it cannot be reached or breaks off
 */
export async function pullModel(options: PullOptions): Promise<Pulled> {
  const { id, folder, files } = options;
  checkId(id);
  const pulled: Pulled = { folder: join(folder, id), files: [] };
  if (!(await fetchFirst(files.weights, options, pulled)))
    throw new UsageError(
      `${id} has none of ${files.weights.map((set) => set.join(' and ')).join(', ')} at ${hubOf(options)} (or is not open to you: set HF_TOKEN). Choose a model that was made for transformers.js, like those of Xenova/ or onnx-community/.`,
    );
  for (const file of files.others) {
    if (await fetchFile(file, options, pulled)) continue;
    if (!files.optional?.includes(file))
      throw new UsageError(`${id} has no ${file} at ${hubOf(options)}; choose another model.`);
  }
  return pulled;
}

async function fetchFirst(sets: ModelFiles['weights'], options: PullOptions, pulled: Pulled): Promise<boolean> {
  for (const set of sets) {
    let isWhole = true;
    for (const file of set) isWhole &&= await fetchFile(file, options, pulled);
    if (isWhole) return true;
  }
  return false;
}

function checkId(id: string): void {
  if (!/^[\w.-]+\/[\w.-]+$/.test(id) || id.split('/').some((part) => /^\.+$/.test(part)))
    throw new UsageError(`"${id}" is no model's id: write it as org/name, like Xenova/all-MiniLM-L6-v2.`);
}

function hubOf({ endpoint }: HubModel): string {
  const text = (endpoint ?? defaultHub).replace(/\/+$/, '');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isHere)))
    throw new UsageError(
      'The address of the hub must begin with https:// (HF_ENDPOINT); without encryption only on this machine.',
    );
  return text;
}

/** @returns false when the hub has no such file */
async function fetchFile(file: string, options: PullOptions, pulled: Pulled): Promise<boolean> {
  const target = join(pulled.folder, file);
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  const whole = await sizeOf(target);
  const begun = whole === undefined ? await sizeOf(part) : undefined;
  const { response, linked, commit } = await ask(file, options, begun);
  if (response.status === 404 || response.status === 401 || response.status === 403) {
    await response.body?.cancel();
    return false;
  }
  if (commit) pulled.commit = commit;
  const from = response.status === 206 && begun ? begun : 0;
  const length = Number(response.headers.get('content-length') ?? NaN);
  const total = Number(response.headers.get('content-range')?.split('/')[1] ?? NaN);
  const size = linked.bytes ?? [total, from + length].find(Number.isFinite);
  if (whole !== undefined && whole === size && (!linked.sha256 || (await sha256Of(target)) === linked.sha256)) {
    await response.body?.cancel();
    pulled.files.push({ file, bytes: whole, fetched: false });
    return true;
  }
  // All of it is there, and only its name is not: broken off between the last byte and the check.
  if (response.status !== 416) {
    if (!response.ok || !response.body)
      throw new OutsideError(
        'hub',
        'refused',
        `answered ${response.status} for ${options.id}/${file}; try again later`,
        {
          retryable: response.status >= 500 || response.status === 429,
        },
      );
    let bytes = from;
    const counted = async function* (source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
      for await (const piece of source) {
        bytes += piece.length;
        options.onProgress?.(file, bytes, size);
        yield piece;
      }
    };
    try {
      await pipeline(
        Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
        counted,
        createWriteStream(part, { flags: from > 0 ? 'a' : 'w' }),
        { signal: options.signal },
      );
    } catch (error) {
      if (options.signal?.aborted) throw error;
      const disk = (error as NodeJS.ErrnoException).code;
      if (disk === 'ENOSPC' || disk === 'EACCES' || disk === 'EROFS')
        throw new UsageError(`${part} cannot be written (${disk}). Make room, or name another folder with --to.`);
      throw new OutsideError(
        'hub',
        'closed',
        `${options.id}/${file} broke off; run the command again and it goes on from there`,
        {
          retryable: true,
          cause: error,
        },
      );
    }
  }
  const bytes = (await sizeOf(part)) ?? 0;
  const wrongSize = size !== undefined && bytes !== size;
  if (wrongSize || (linked.sha256 && (await sha256Of(part)) !== linked.sha256)) {
    await rm(part, { force: true });
    throw new OutsideError(
      'hub',
      'protocol',
      `${options.id}/${file} is not what the hub says it is (${wrongSize ? 'length' : 'SHA-256'}); it was thrown away. Run the command again`,
      { retryable: true },
    );
  }
  await rename(part, target);
  pulled.files.push({ file, bytes, fetched: true });
  return true;
}

interface Answer {
  response: Response;
  /** Of files that are kept outside the repository: what they must be. */
  linked: { bytes?: number; sha256?: string };
  commit?: string;
}

/** Follows redirects by hand: only the hub's own answer says what the file must be, and only the hub may see the token. */
async function ask(file: string, options: HubModel, begun: number | undefined): Promise<Answer> {
  const hub = hubOf(options);
  let url = `${hub}/${options.id}/resolve/${encodeURIComponent(options.revision ?? 'main')}/${file}`;
  const answer: Pick<Answer, 'linked' | 'commit'> = { linked: {} };
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (begun) headers.range = `bytes=${begun}-`;
    if (options.token && url.startsWith(`${hub}/`)) headers.authorization = `Bearer ${options.token}`;
    let response: Response;
    try {
      response = await fetch(url, { headers, redirect: 'manual', signal: options.signal });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new OutsideError(
        'hub',
        'unreachable',
        `${new URL(url).host} cannot be reached. Where there is no way out, copy the model's folder by hand, or set HF_ENDPOINT to a mirror`,
        { retryable: true, cause: error },
      );
    }
    const said = (name: string): string | undefined => response.headers.get(name)?.replace(/^W\/|"/g, '') ?? undefined;
    answer.commit ??= said('x-repo-commit');
    answer.linked.bytes ??= Number(said('x-linked-size')) || undefined;
    const etag = said('x-linked-etag');
    if (etag && /^[0-9a-f]{64}$/.test(etag)) answer.linked.sha256 ??= etag;
    const next = redirects.has(response.status) ? response.headers.get('location') : null;
    if (next === null) return { response, ...answer };
    await response.body?.cancel();
    url = new URL(next, url).href;
  }
  throw new OutsideError('hub', 'protocol', `sends ${options.id}/${file} from one address to the next`, {
    retryable: false,
  });
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
