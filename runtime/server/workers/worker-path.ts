/**
 * Addresses that a worker gives to a carrier begin with its number (`/~2/twilio/media`), so that whatever comes by them
 * reaches the worker that has the call. A path, since Twilio passes on no query with the address of a stream.
 */

export function pathOfWorker(worker: number | undefined, path: string): string {
  return worker === undefined ? path : `/~${String(worker)}${path}`;
}

/** @returns the worker that is named, and the path without it */
export function splitWorker(path: string): { worker?: number; path: string } {
  const [whole, number] = /^\/~([1-9]\d{0,3})(?=\/)/.exec(path) ?? [];
  return whole === undefined ? { path } : { worker: Number(number), path: path.slice(whole.length) };
}
