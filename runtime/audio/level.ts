/** How loud, and several sounds at once or one after the other. */

/** Root mean square, 0 to 32,768. */
export function rms(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** Decibels below full scale: 0 is the loudest square wave, silence is −Infinity. */
export function dbfs(samples: Int16Array): number {
  return 20 * Math.log10(rms(samples) / 32768);
}

/** The sum, as long as the longest; what would be louder than possible is cut off. */
export function mix(...sounds: Int16Array[]): Int16Array {
  const all = new Int16Array(Math.max(0, ...sounds.map((sound) => sound.length)));
  for (let i = 0; i < all.length; i++) {
    let sum = 0;
    for (const sound of sounds) sum += sound[i] ?? 0;
    all[i] = Math.max(-32768, Math.min(32767, sum));
  }
  return all;
}

/** Louder or softer by so many decibels. */
export function gain(samples: Int16Array, db: number): Int16Array {
  const factor = 10 ** (db / 20);
  return samples.map((sample) => Math.max(-32768, Math.min(32767, Math.round(sample * factor))));
}

/** The sounds one after the other. */
export function join(sounds: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(sounds.reduce((length, sound) => length + sound.length, 0));
  let at = 0;
  for (const sound of sounds) {
    whole.set(sound, at);
    at += sound.length;
  }
  return whole;
}
