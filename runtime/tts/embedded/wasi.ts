/**
 * The thirteen WASI calls that flite makes: arguments in, standard output and one written file out.
 * `node:wasi` would warn at every start and wants a real directory; flite needs neither.
 * Numbers are those of WASI preview 1 (errno 8 = EBADF, 70 = ESPIPE; file types 2 = character device, 3 = directory, 4 = file).
 */

/** What a run left: its exit code, its standard output, and the file it wrote (empty when none). */
export interface WasiResult {
  exitCode: number;
  stdout: string;
  file: Uint8Array;
}

/** The part of the WebAssembly interface that is used here: TypeScript has it only among the browser's types. */
interface WebAssemblyInterface {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  Instance: new (
    module: WasmModule,
    imports: Record<string, Record<string, unknown>>,
  ) => { exports: { memory: { buffer: ArrayBuffer }; _start: () => void } };
}

/** A compiled module; opaque. */
export type WasmModule = object & { readonly __module?: never };

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyInterface }).WebAssembly;

class Exit extends Error {
  constructor(readonly code: number) {
    super('exit');
  }
}

const rootFd = 3;
const fileFd = 4;

/** Runs a command module to its end, on this thread. A trap in the module is thrown as it comes. */
export function runWasi(module: WasmModule, args: readonly string[]): WasiResult {
  const argv = args.map((text) => new TextEncoder().encode(`${text}\0`));
  const stdout: Uint8Array[] = [];
  let file = new Uint8Array(1 << 18);
  let size = 0;
  let position = 0;
  const view = (): DataView => new DataView(instance.exports.memory.buffer);
  const bytes = (): Uint8Array => new Uint8Array(instance.exports.memory.buffer);

  const write = (data: Uint8Array): void => {
    if (position + data.length > file.length) {
      const larger = new Uint8Array(Math.max(file.length * 2, position + data.length));
      larger.set(file);
      file = larger;
    }
    file.set(data, position);
    position += data.length;
    size = Math.max(size, position);
  };

  const calls: Record<string, (...values: never[]) => number> = {
    args_sizes_get(count: number, length: number) {
      view().setUint32(count, argv.length, true);
      view().setUint32(
        length,
        argv.reduce((sum, arg) => sum + arg.length, 0),
        true,
      );
      return 0;
    },
    args_get(pointers: number, buffer: number) {
      for (const arg of argv) {
        view().setUint32(pointers, buffer, true);
        bytes().set(arg, buffer);
        pointers += 4;
        buffer += arg.length;
      }
      return 0;
    },
    clock_time_get(_id: number, _precision: bigint, time: number) {
      view().setBigUint64(time, 0n, true);
      return 0;
    },
    fd_close: () => 0,
    fd_fdstat_get(fd: number, stat: number) {
      bytes().fill(0, stat, stat + 24);
      view().setUint8(stat, fd === rootFd ? 3 : fd < rootFd ? 2 : 4);
      view().setBigUint64(stat + 8, 0xffffffffffffffffn, true);
      view().setBigUint64(stat + 16, 0xffffffffffffffffn, true);
      return 0;
    },
    fd_fdstat_set_flags: () => 0,
    fd_prestat_get(fd: number, stat: number) {
      if (fd !== rootFd) return 8;
      view().setUint32(stat, 0, true);
      view().setUint32(stat + 4, 1, true);
      return 0;
    },
    fd_prestat_dir_name(_fd: number, path: number) {
      bytes()[path] = '/'.charCodeAt(0);
      return 0;
    },
    fd_read: () => 8,
    fd_seek(fd: number, offset: bigint, whence: number, result: number) {
      if (fd !== fileFd) return 70;
      position = Number(offset) + (whence === 0 ? 0 : whence === 1 ? position : size);
      view().setBigUint64(result, BigInt(position), true);
      return 0;
    },
    fd_write(fd: number, vectors: number, count: number, written: number) {
      let total = 0;
      for (let i = 0; i < count; i++) {
        const start = view().getUint32(vectors + 8 * i, true);
        const length = view().getUint32(vectors + 8 * i + 4, true);
        const data = bytes().slice(start, start + length);
        if (fd === fileFd) write(data);
        else if (fd === 1) stdout.push(data);
        total += length;
      }
      view().setUint32(written, total, true);
      return 0;
    },
    path_open(...values: number[]) {
      position = 0;
      view().setUint32(values[8]!, fileFd, true);
      return 0;
    },
    proc_exit(code: number): number {
      throw new Exit(code);
    },
  };

  const instance = new webAssembly.Instance(module, { wasi_snapshot_preview1: calls });
  let exitCode = 0;
  try {
    instance.exports._start();
  } catch (problem) {
    if (!(problem instanceof Exit)) throw problem;
    exitCode = problem.code;
  }
  return { exitCode, stdout: Buffer.concat(stdout).toString('utf8'), file: file.slice(0, size) };
}
