import { build } from './build.js';

/** Worker threads and the built command are tested from .dist, so it is made fresh before every run. */
export async function setup() {
  await build();
}
