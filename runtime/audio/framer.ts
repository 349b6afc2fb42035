import { frameSamples } from '../contracts.js';

/** Cuts audio of any length into frames of 20 ms at 8 kHz; what is left waits for the next piece. */
export class Framer {
  #rest = new Int16Array(0);

  push(samples: Int16Array): Int16Array[] {
    let all = samples;
    if (this.#rest.length > 0) {
      all = new Int16Array(this.#rest.length + samples.length);
      all.set(this.#rest);
      all.set(samples, this.#rest.length);
    }
    const frames: Int16Array[] = [];
    let at = 0;
    for (; at + frameSamples <= all.length; at += frameSamples) frames.push(all.slice(at, at + frameSamples));
    this.#rest = all.slice(at);
    return frames;
  }
}
