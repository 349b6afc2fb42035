import { faultOfHours } from './hours.js';
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { get, textOf } from './yaml-source.js';

/** What lines can dial: a number, or an address of a scheme that says how. */
const dialable = /^(?:\+?[\d\s().-]*\d[\d\s().-]*|(?:sips?|tel|client):\S+)$/i;

/** Tells of a target that no line can dial and of hours that nobody can read: both would be found out by a caller. */
export function checkTransfer(node: YamlNode, shop: Workshop): void {
  const toNode = get(node, 'to');
  const to = textOf(toNode)?.trim();
  if (toNode && to !== undefined && to !== '' && !to.includes('{{') && !dialable.test(to))
    shop.report(
      toNode,
      'bad-value',
      `"${to}" is neither a number nor an address that can be dialled.`,
      'Write it like +35312345678, sip:desk@example.com or "{{ env.DESK }}".',
    );
  const hoursNode = get(node, 'hours');
  for (const entry of textOf(hoursNode)?.split(',') ?? []) {
    const fault = faultOfHours(entry);
    if (hoursNode && fault !== undefined)
      shop.report(hoursNode, 'bad-value', fault, 'Write it like mon-fri 08:00-20:00, sat 10:00-13:00.');
  }
}
