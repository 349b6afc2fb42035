/** Chromium for the tests of the page, and an agent driven by keys. */
import { chromium, type Browser } from 'playwright-core';

/** Absent: such tests are skipped. */
export const chromiumPath = process.env.PARLEY_CHROMIUM;

/** @param microphone what Chromium takes for one */
export function launch(microphone: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      ...microphone,
    ],
  });
}

export const desk = `
agent: desk
language: en
---
flow: book
title: your booking
no_input_after: 120s
slots:
  seats: { type: digits, ask: How many seats?, dtmf: { length: 2 } }
  day: { type: digits, ask: Which day?, dtmf: { length: 2 } }
states:
  ask: { collect: [seats, day], to: done }
  done: { say: "{{ seats }} seats on day {{ day }}.", hang_up: true }
`;
